// Opens every page of the console in Chromium, reads it, searches, follows its links, and looks at it.
//
//     make console-test            (or: node test.mjs, with Chromium at /usr/bin/chromium)
//
// A page may load nothing from elsewhere, log no error, and have nothing that axe finds serious. What it
// looks like is compared with `accepted.json`: the brightness of a grid of cells, which text of the same
// length does not change and a broken layout does. `UPDATE=1` accepts what there is; `PICTURES=FOLDER`
// writes pictures.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { chromium } from "playwright-core";
import axe from "axe-core";
import { PNG } from "pngjs";
import { World } from "./world.mjs";

const ACCEPTED = new URL("accepted.json", import.meta.url);
const WIDTHS = [390, 1440];
const CELL = 30;
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

let world;
let browser;
const accepted = existsSync(ACCEPTED) ? JSON.parse(readFileSync(ACCEPTED, "utf8")) : {};

before(async () => {
  world = await World.begin();
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
});

after(async () => {
  if (process.env.UPDATE) writeFileSync(ACCEPTED, `${JSON.stringify(accepted)}\n`);
  await browser?.close();
  world?.end();
});

/** A page that fails the test where it loads something from elsewhere or logs an error. */
async function open(address, { width = 1440, locale = "en-GB", javaScriptEnabled = true, colorScheme = "light" } = {}) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, locale, javaScriptEnabled, colorScheme, timezoneId: "UTC" });
  const page = await context.newPage();
  const troubles = [];
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(world.console) && !url.startsWith(world.service) && !url.startsWith("data:") && !url.startsWith("file:")) troubles.push(`left the machine: ${url}`);
  });
  page.on("console", (message) => {
    if (message.type() === "error") troubles.push(message.text());
  });
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("dialog", (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  const answer = await page.goto(address.startsWith("/") ? world.console + address : address);
  return {
    page,
    status: answer?.status(),
    async close() {
      await context.close();
      assert.deepEqual(troubles, [], address);
    },
  };
}

/** Runs axe, which the page's own policy does not let in by itself. */
async function isAccessible(page, name) {
  const found = await page.evaluate(`${axe.source}; axe.run(document, { resultTypes: ["violations"] })`);
  const serious = found.violations.filter((it) => ["serious", "critical"].includes(it.impact));
  const told = serious.map((it) => `${it.id}: ${it.help}: ${it.nodes.map((node) => node.html).join(" ")}`);
  assert.deepEqual(told, [], name);
}

/** The mean brightness of each cell, from 0 to 255. */
function grid(picture) {
  const { width, height, data } = PNG.sync.read(picture);
  const rows = [];
  for (let top = 0; top + CELL <= height; top += CELL) {
    const row = [];
    for (let left = 0; left + CELL <= width; left += CELL) {
      let sum = 0;
      for (let y = top; y < top + CELL; y += 1) {
        for (let x = left; x < left + CELL; x += 1) {
          const at = (y * width + x) * 4;
          sum += data[at] * 0.299 + data[at + 1] * 0.587 + data[at + 2] * 0.114;
        }
      }
      row.push(Math.round(sum / (CELL * CELL)));
    }
    rows.push(row);
  }
  return rows;
}

/** Fails where a page looks different from what was accepted. */
async function looksAsAccepted(page, name) {
  const picture = await page.screenshot();
  if (process.env.PICTURES) {
    mkdirSync(process.env.PICTURES, { recursive: true });
    writeFileSync(join(process.env.PICTURES, `${name}.png`), picture);
  }
  const now = grid(picture);
  if (process.env.UPDATE) accepted[name] = now;
  const then = accepted[name];
  assert.ok(then, `nothing was accepted for ${name}: run with UPDATE=1`);
  assert.deepEqual([now.length, now[0].length], [then.length, then[0].length], name);
  const differences = now.flatMap((row, y) => row.map((value, x) => Math.abs(value - then[y][x])));
  const mean = differences.reduce((sum, it) => sum + it, 0) / differences.length;
  const changed = differences.filter((it) => it > 40).length / differences.length;
  assert.ok(mean < 5 && changed < 0.04, `${name} looks different: ${mean.toFixed(1)} on average, ${(changed * 100).toFixed(1)} % of cells`);
}

/** The pages, by the name of their picture. */
function pages() {
  const paris = world.runs("paris")[0].run_id;
  const faulty = world.runs("faulty")[0].run_id;
  return {
    overview: "/",
    workflow: "/workflows/paris",
    run: `/workflows/paris/runs/${paris}`,
    failures: `/workflows/faulty/runs/${faulty}`,
    items: `/workflows/paris/runs/${paris}/items`,
    offer: `/find?id=${world.items(paris)[0].reference}`,
    plans: "/plans",
    plan: "/plans/paris",
    calls: "/calls",
  };
}

test("every page fits, reads well, and looks as accepted", async () => {
  for (const width of WIDTHS) {
    for (const [name, address] of Object.entries(pages())) {
      const { page, status, close } = await open(address, { width });
      assert.equal(status, 200, address);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `${name} is ${wide} px too wide at ${width}`);
      await isAccessible(page, `${name} at ${width}`);
      await looksAsAccepted(page, `${name}-${width}`);
      await close();
    }
  }
});

test("dark pages read as well", async () => {
  for (const [name, address] of Object.entries(pages())) {
    const { page, close } = await open(address, { colorScheme: "dark" });
    await isAccessible(page, `${name}, dark`);
    await close();
  }
});

test("questions of a night are answered within two clicks, without scripts, too", async () => {
  for (const javaScriptEnabled of [true, false]) {
    const { page, close } = await open("/", { javaScriptEnabled });
    // Which board is not well, and why?
    const first = page.locator("tbody tr").first();
    assert.match(await first.innerText(), /failing|degraded/);
    // What failed in its last run?
    await page.locator('a[href^="/workflows/faulty/runs/"]').click();
    assert.match(await page.innerText("main"), /logic 1/);
    // What became of this offer?
    const reference = await page.locator('.example h3 a').first().innerText();
    await page.fill("#find", reference);
    await page.keyboard.press("Enter");
    await page.waitForURL(/find/);
    assert.match(await page.innerText("main"), new RegExp(`${reference}[^]*faulty[^]*failed`));
    // What would the plan change?
    await page.click('nav a[href="/plans"]');
    await page.click('a[href="/plans/paris"]');
    assert.match(await page.innerText("main"), /To archive \d+/);
    await close();
  }
});

test("the overview is searched and filtered by hand", async () => {
  const { page, close } = await open("/");
  await page.fill("#q", "LYO");
  await page.keyboard.press("Enter");
  await page.waitForURL(/q=LYO/);
  assert.equal(await page.locator("tbody tr").count(), 1);
  await page.goto(`${world.console}/?health=never_ran`);
  assert.match(await page.innerText("main"), /Nothing found/);
  await close();
});

test("everything is reached by the keyboard, and the focus is seen", async () => {
  const { page, close } = await open("/");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  for (let press = 0; press < 3; press += 1) await page.keyboard.press("Tab");
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), "none");
  await close();
});

test("hostile text stays text", async () => {
  const { page, close } = await open(pages().failures);
  assert.match(await page.innerText("main"), /<img src=x onerror=alert\(1\)><script>/);
  assert.equal(await page.locator("main img, main script").count(), 0);
  await close();
});

test("a browser that prefers French gets French", async () => {
  const { page, close } = await open("/", { locale: "fr-FR" });
  assert.equal(await page.getAttribute("html", "lang"), "fr");
  assert.match(await page.innerText("main"), /Dernière exécution/);
  await close();
});

test("a run that goes on is shown as it goes, and its end, without reloading", async () => {
  const child = world.slowRun();
  let run;
  while (!(run = world.runs("slow")[0])) await new Promise((resolve) => setTimeout(resolve, 50));
  const { page, close } = await open(`/workflows/slow/runs/${run.run_id}`);
  await page.evaluate(() => (window.isTheSamePage = true));
  const counted = () => page.locator(".live .counts").innerText();
  await page.waitForFunction(() => /\d+ (created|updated)/.test(document.querySelector(".live .counts")?.innerText ?? ""));
  const before = await counted();
  await page.waitForFunction((before) => document.querySelector(".live .counts")?.innerText !== before, before);
  child.kill("SIGINT");
  await page.waitForFunction(() => !document.querySelector(".live"));
  assert.match(await page.innerText("main"), /hrflow-connectors resume/);
  assert.equal(await page.evaluate(() => window.isTheSamePage), true);
  await close();
});

test("what is asked for is confirmed, done, and written down", async () => {
  for (const width of WIDTHS) {
    const { page, close } = await open(`${world.service}/workflows/lyon`, { width });
    await isAccessible(page, `workflow with actions at ${width}`);
    await page.click("text=Run now");
    await isAccessible(page, `question at ${width}`);
    await looksAsAccepted(page, `question-${width}`);
    const before = world.runs("lyon").length;
    await page.click("button.act");
    await page.waitForSelector("text=Asked for.");
    let runs;
    while ((runs = world.runs("lyon")).length === before || runs[0].state === "running") await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(runs.length, before + 1);
    await page.click('nav a[href="/audit"]');
    assert.match(await page.locator("tbody tr").first().innerText(), /this machine[^]*Run now[^]*lyon[^]*accepted/);
    await isAccessible(page, `audit log at ${width}`);
    await close();
  }
});

test("a report opens from the disk and needs nothing else", async () => {
  for (const subject of ["faulty", "paris", join(world.folder, "fleet"), join(world.plans, "paris.json")]) {
    const file = join(world.folder, "report.html");
    const written = world.command("report", subject, "--store", world.store, "--html", file, "--language", "en");
    assert.equal(written.status, 0, written.stderr);
    const { page, close } = await open(`file://${file}`);
    assert.ok((await page.innerText("main")).length > 100);
    await isAccessible(page, `report of ${subject}`);
    await close();
  }
});
