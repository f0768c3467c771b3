// npm run screenshots: every view of the UI, light and dark, as docs/ui.md shows it.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseOptions } from "./lib/args.mjs";
import { openRecording } from "./lib/demo-recording.mjs";
import { ensureBuild, ensureChromium, ensureDependencies } from "./lib/ensure.mjs";
import { ROOT } from "./lib/run.mjs";
import { EXIT, main, ScriptError, say } from "./lib/say.mjs";
import { requireNode } from "./lib/versions.mjs";

requireNode();

const USAGE = `npm run screenshots [-- OPTIONS]

Takes a picture of every view, light and dark, 1280 × 800, in headless Chromium, from the recordings in test/recordings:
the views are those of test/e2e/support/views.ts, which the tests look at too. docs/ui.md shows the pictures.

  --out FOLDER  where to (default docs/images/ui, whose pictures of views that are no more are removed)
  --only VIEW   one view, by its name

Exit codes: 0 done, 1 something failed, 2 wrong usage, 3 something must be installed first.`;

const OPTIONS = { out: { type: "string" }, only: { type: "string" } };
const CLI = join(ROOT, "packages/elixirscope/dist/cli/main.js");
const IMAGES = join(ROOT, "docs/images/ui");
/** Of the views that name no other. */
const RECORDING = "phoenix-1.8";
const THEMES = ["light", "dark"];
/** A clone carries them: large ones are a mistake. */
const MOST_BYTES = 150_000;
/** As sharp as a PNG to the eye, at half its size. */
const AS_WEBP = { format: "webp", quality: 70 };
const LOOK_MS = 150;
const MOST_LOOKS = 50;

/** What the list of views asks of a recording. */
const shownRecording = (url) => ({
  at: (path) => `${url.origin}${path}${url.hash}`,
  ask: async (method, input) => {
    const answer = await fetch(new URL(`/api/${method}`, url), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${url.hash.replace("#token=", "")}`,
      },
      body: JSON.stringify(input),
    });
    if (!answer.ok) throw new ScriptError(`${method}: ${await answer.text()}`);
    return answer.json();
  },
});

/** Serves a recording while `use(recording)` runs. */
async function withRecording(name, use) {
  let opened;
  const url = await new Promise((resolve, reject) => {
    opened = openRecording(CLI, name, { open: false, onUrl: resolve });
    void opened.ended.then(() => reject(new ScriptError(`ElixirScope ended:\n${opened.tail()}`)));
  });
  try {
    await use(shownRecording(new URL(url)));
  } finally {
    await opened.stop("SIGINT");
  }
}

/** Where the recording lies is different each time: on the pictures its name says enough. */
const NAME_ALONE = `
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    text.data = text.data.replace(/[^ ]*elixirscope-demo-[^/]*[/]/, "");
  }`;

/** A page of its own: nothing that moves, and nothing of this machine's clock, language or place. */
async function take(browser, open, pathOf) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: "reduce",
    // For the one style that stops the blinking of a caret.
    bypassCSP: true,
    timezoneId: "UTC",
    locale: "en-GB",
  });
  const page = await context.newPage();
  // Playwright's own pictures are PNG and JPEG alone.
  const session = await context.newCDPSession(page);
  await open(page);
  await page.addStyleTag({ content: "* { caret-color: transparent !important }" });
  await page.evaluate("document.fonts.ready");
  await settled(session);
  await page.evaluate(NAME_ALONE);
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const path = pathOf(colorScheme);
    const picture = await settled(session);
    if (picture.length > MOST_BYTES)
      throw new ScriptError(`${path} would have ${picture.length} bytes, more than ${MOST_BYTES}.`);
    writeFileSync(path, picture);
    say(`  ${path}`);
  }
  await context.close();
}

/** Everything has come when the page looks the same for a while. */
async function settled(session) {
  let before = "";
  let same = 0;
  for (let tries = 0; tries < MOST_LOOKS; tries += 1) {
    const { data } = await session.send("Page.captureScreenshot", AS_WEBP);
    same = data === before ? same + 1 : 0;
    if (same === 2) return Buffer.from(data, "base64");
    before = data;
    await delay(LOOK_MS);
  }
  throw new ScriptError("The page does not come to rest.");
}

/** Pictures of views that are no more. */
function removeOthers(folder, names) {
  const kept = new Set(names.flatMap((name) => THEMES.map((theme) => `${name}-${theme}.webp`)));
  for (const file of readdirSync(folder)) if (!kept.has(file)) rmSync(join(folder, file));
}

await main(async (argv) => {
  const { out = IMAGES, only } = parseOptions(argv, OPTIONS, USAGE);
  await ensureDependencies();
  await ensureBuild();
  await ensureChromium();
  const { VIEW_NAMES, VIEWS } = await import("@elixirscope/test/e2e/support/views");
  const { launchBrowser } = await import("@elixirscope/test/testkit/browser");
  const recordingOf = (name) => VIEWS[name].recording ?? RECORDING;
  const open = async (page, recording, name) => {
    await page.goto(recording.at(await VIEWS[name].path(recording)));
    await VIEWS[name].ready(page).waitFor();
  };
  const names = VIEW_NAMES.filter((name) => only === undefined || name === only);
  if (names.length === 0)
    throw new ScriptError(`There is no view ${only}. There are: ${VIEW_NAMES.join(", ")}.`, EXIT.usage);
  mkdirSync(out, { recursive: true });
  const browser = await launchBrowser();
  try {
    for (const name of new Set(names.map(recordingOf)))
      await withRecording(name, async (recording) => {
        for (const view of names.filter((one) => recordingOf(one) === name))
          await take(
            browser,
            (page) => open(page, recording, view),
            (theme) => join(out, `${view}-${theme}.webp`),
          );
      });
  } finally {
    await browser.close();
  }
  if (out === IMAGES && only === undefined) removeOthers(out, names);
  return 0;
});
