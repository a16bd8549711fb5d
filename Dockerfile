# The program alone, without a shell or a package manager, as a user without rights:
#
#     make dist
#     docker build --tag hrflow-connectors .
#     docker run --read-only --cap-drop ALL --volume state:/home/nonroot --env-file credentials \
#         --volume ./boards:/boards:ro hrflow-connectors serve /boards
#
# The base has the certificates of authorities. Its name service is files and DNS, which the static program
# has built in. State is kept in /home/nonroot.
FROM gcr.io/distroless/static-debian12:nonroot
ARG TARGETARCH
COPY --chmod=0755 dist/image/${TARGETARCH}/hrflow-connectors /usr/bin/hrflow-connectors
COPY LICENSE dist/THIRD-PARTY-LICENCES /usr/share/doc/hrflow-connectors/
ENV HRFLOW_CONNECTORS_STORE_URL=sqlite:/home/nonroot/state.sqlite
VOLUME /home/nonroot
USER 65532:65532
WORKDIR /home/nonroot
ENTRYPOINT ["/usr/bin/hrflow-connectors"]
CMD ["--help"]
