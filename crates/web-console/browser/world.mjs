// A sandbox of both services, a fleet that has run against it, and a console: all real processes.

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BINARY = process.env.HRFLOW_CONNECTORS ?? new URL("../../../target/debug/hrflow-connectors", import.meta.url).pathname;
const HOSTILE = '<img src=x onerror=alert(1)><script>alert(2)</script>\u202e';

/** Waits for a line of a process that matches, and gives what it says. */
function line(stream, pattern) {
  return new Promise((resolve, reject) => {
    let text = "";
    stream.on("data", (chunk) => {
      text += chunk;
      const found = text.match(pattern);
      if (found) resolve(found);
    });
    stream.on("end", () => reject(new Error(`ended without ${pattern}: ${text}`)));
  });
}

export class World {
  #processes = [];

  static async begin() {
    const world = new World();
    world.folder = mkdtempSync(join(tmpdir(), "console-"));
    world.store = `sqlite:${world.folder}/state.sqlite`;
    world.plans = join(world.folder, "plans");
    mkdirSync(world.plans);
    await world.#sandbox();
    world.#fleet();
    for (let run = 0; run < 3; run += 1) world.command("run", join(world.folder, "fleet"), "--quiet");
    world.command("plan", join(world.folder, "fleet/paris.toml"), "--out", join(world.plans, "paris.json"));
    world.console = await world.#listening(["console", "--store", world.store, "--plans", world.plans, "--listen", "127.0.0.1:0"]);
    world.service = await world.#listening(["serve", join(world.folder, "fleet"), "--allow-actions", "--listen", "127.0.0.1:0"]);
    await world.#shows(`${world.service}/workflows/lyon`, "/ask/run");
    return world;
  }

  /** Waits until a page says something. */
  async #shows(address, text) {
    for (;;) {
      const answer = await fetch(address);
      if ((await answer.text()).includes(text)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async #sandbox() {
    const flags = ["--offers", "1500", "--board-holds", "50%", "--churn", "30", "--francetravail-rate", "0", "--hrflow-latency", "5"];
    const sandbox = this.#start(["sandbox", ...flags], { stdio: ["ignore", "pipe", "ignore"] });
    let text = "";
    await new Promise((resolve) => {
      sandbox.stdout.on("data", (chunk) => {
        text += chunk;
        if (text.includes("HRFLOW_API_USER")) resolve();
      });
    });
    this.variables = Object.fromEntries(
      [...text.matchAll(/^(?:export )?([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value.replace(/^['"]|['"]$/g, "")]),
    );
  }

  #fleet() {
    const fleet = join(this.folder, "fleet");
    mkdirSync(fleet);
    writeFileSync(join(fleet, "fleet.toml"), `store = "${this.store}"\n`);
    const mirror = (name, departement, board) =>
      writeFileSync(
        join(fleet, `${name}.toml`),
        `workflow_id = "${name}"\naction = "francetravail.sync_jobs_in_hrflow"\nschedule = "0 4 1 1 *"\n` +
          `[pull_parameters]\ndepartement = "${departement}"\n[push_parameters]\nboard_key = "${String(board).repeat(40)}"\n`,
      );
    mirror("paris", "75", 1);
    mirror("lyon", "69", 2);
    writeFileSync(
      join(fleet, "faulty.toml"),
      `workflow_id = "faulty"\naction = "francetravail.create_jobs_in_hrflow"\n` +
        `logics = ['if (.intitule | length) % 3 == 0 then error(${JSON.stringify(HOSTILE)}) else true end']\n` +
        `[pull_parameters]\ndepartement = "13"\n[push_parameters]\nboard_key = "${"3".repeat(40)}"\n`,
    );
  }

  #start(argv, options = {}) {
    const child = spawn(BINARY, argv, { env: this.environment(), ...options });
    this.#processes.push(child);
    return child;
  }

  async #listening(argv) {
    const child = this.#start(argv, { stdio: ["ignore", "ignore", "pipe"] });
    const [address] = await line(child.stderr, /http:\/\/[\d.]+:\d+/);
    return address;
  }

  environment() {
    return { ...process.env, ...this.variables, TZ: "UTC", HRFLOW_CONNECTORS_LOG: "error" };
  }

  command(...argv) {
    return spawnSync(BINARY, argv, { env: this.environment(), encoding: "utf8" });
  }

  /** A run that takes its time, to be looked at while it goes on. */
  slowRun() {
    const flags = ["--workflow-id", "slow", "--pull", "departement=59", "--push", `board_key=${"4".repeat(40)}`, "--write-rate", "240"];
    return this.#start(["run", "francetravail.sync_jobs_in_hrflow", ...flags, "--store", this.store, "--quiet"], { stdio: "ignore" });
  }

  runs(workflow) {
    const printed = this.command("runs", "list", "--workflow-id", workflow, "--store", this.store, "--output", "json");
    return JSON.parse(printed.stdout).runs;
  }

  items(run) {
    return JSON.parse(this.command("items", run, "--store", this.store, "--output", "json").stdout).items;
  }

  end() {
    for (const child of this.#processes) child.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}
