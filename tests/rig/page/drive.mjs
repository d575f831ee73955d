// SPDX-License-Identifier: Apache-2.0
// drive.mjs FILE.html [FOLDER]: opens the audit's page in headless Chromium,
// clicks through it, has it judged by axe-core in light and dark, prints it, and
// writes what it saw as JSON; pictures go into FOLDER. TOKENBRIDGE_PAGE is where
// puppeteer-core and axe-core are.
import fs from "node:fs";
import path from "node:path";
import {createRequire} from "node:module";

const need = createRequire(process.env.TOKENBRIDGE_PAGE + "/");
const puppeteer = need("puppeteer-core");
const axe = fs.readFileSync(need.resolve("axe-core/axe.min.js"), "utf8");
const [file, folder] = process.argv.slice(2);
const LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
  "best-practice"];
const SCHEMES = ["light", "dark"];

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--disable-extensions"],
  protocolTimeout: 170000,
});
const seen = {requests: [], said: [], violations: {}};

async function open(scripts) {
  const page = await browser.newPage();
  await page.setViewport({width: 1200, height: 900});
  await page.setJavaScriptEnabled(scripts);
  page.on("request", (r) => {
    if (r.url() !== "file://" + file) seen.requests.push(r.url());
  });
  page.on("console", (m) => seen.said.push(m.text()));
  page.on("pageerror", (e) => seen.said.push("error: " + e.message));
  page.on("dialog", (d) => {
    seen.said.push("dialog: " + d.message());
    d.dismiss();
  });
  const begun = Date.now();
  await page.goto("file://" + file, {waitUntil: "load", timeout: 150000});
  seen.load = Date.now() - begun;
  return page;
}

const shown = (page) => page.evaluate(() =>
  Array.from(document.querySelectorAll("#findings tbody tr"))
    .filter((r) => r.getClientRects().length)
    .map((r) => Array.from(r.cells, (c) => c.textContent)));
const count = (page) => page.$eval("#count", (e) => e.textContent);

async function clicks(page) {
  seen.title = await page.title();
  seen.language = await page.$eval("html", (e) => e.lang);
  seen.headings = await page.$$eval("h1, h2", (all) => all.map((e) =>
    e.tagName + " " + e.textContent));
  seen.pictures = await page.$$eval("svg[role=img] title", (all) =>
    all.map((e) => e.textContent));
  seen.elements = await page.evaluate(() =>
    Array.from(document.querySelectorAll("*")).filter((e) =>
      e.matches("img, iframe, object, embed, link, script[src], [style]") ||
      e.getAttributeNames().some((n) => n.startsWith("on"))).length);
  seen.first = await shown(page);
  seen.count = await count(page);

  const typed = Date.now();
  await page.type("#search", process.env.SEARCH || "alice");
  seen.filter = Date.now() - typed;
  seen.found = await shown(page);
  seen.foundCount = await count(page);
  await page.$eval("#search", (e) => {
    e.value = "";
    e.dispatchEvent(new Event("input"));
  });
  await page.click("input[name=status][value=FAIL]");
  seen.withoutFail = await shown(page);
  await page.click("input[name=status][value=FAIL]");
  await page.select("#severity", "4");
  seen.critical = await shown(page);
  await page.select("#severity", "1");

  seen.sorted = [];
  const begun = Date.now();
  for (let i = 0; i < 2; i++) {
    await page.click("#findings th:nth-child(5) button");
    seen.sorted.push({
      rows: (await shown(page)).map((row) => row[4]),
      says: await page.$eval("#findings th:nth-child(5)", (e) =>
        e.getAttribute("aria-sort")),
      marks: await page.$$eval("#findings th[aria-sort]", (all) => all.length),
    });
  }
  seen.sort = (Date.now() - begun) / 2;
  // without a mouse: on to the first heading's button, and press it
  await page.focus("#findings th:nth-child(1) button");
  await page.keyboard.press("Enter");
  seen.byKeyboard = await page.$eval("#findings th:nth-child(1)", (e) =>
    e.getAttribute("aria-sort"));
}

async function judge(page, scheme) {
  await page.emulateMediaFeatures([
    {name: "prefers-color-scheme", value: scheme}]);
  await page.evaluate(axe + ";0"); // not subject to the page's policy
  await page.$$eval("details", (all) => all.forEach((e) => e.open = true));
  const said = await page.evaluate((levels) => window.axe.run(document,
    {runOnly: levels}), LEVELS);
  seen.violations[scheme] = said.violations.map((v) => v.id + " " +
    v.nodes.map((n) => n.html.slice(0, 200)).join(" | "));
  seen.passes = said.passes.length;
  await page.$$eval("details", (all) => all.forEach((e) => e.open = false));
  if (folder) await page.screenshot({fullPage: true,
    path: path.join(folder, scheme + ".png")});
}

const page = await open(true);
await clicks(page);
if (!process.env.QUICK) for (const scheme of SCHEMES)
  await judge(page, scheme);
if (folder) {
  await page.pdf({path: path.join(folder, "page.pdf"), format: "A4"});
  await page.setViewport({width: 390, height: 800});
  await page.screenshot({path: path.join(folder, "narrow.png")});
}
seen.narrow = await page.evaluate(() => [
  document.documentElement.scrollWidth, window.innerWidth]);
await page.emulateMediaType("print");
seen.printed = await page.$eval(".controls", (e) =>
  getComputedStyle(e).display);
await page.close();

const plain = await open(false);
seen.withoutScript = (await shown(plain)).length;
seen.controlsWithoutScript = await plain.$eval(".controls", (e) =>
  getComputedStyle(e).display);
await browser.close();
console.log(JSON.stringify(seen));
