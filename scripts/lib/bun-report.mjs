/** The block that `bun test` ends with: " 12 pass", " 1 skip", … and "Ran 13 tests across 4 files." */
const LAST_LINE = /^Ran \d+ tests? across \d+ files?\./m;

/**
 * The counts of a run from what it printed, undefined if it didn't come to its end. A file that can't be loaded is among
 * `failed`, although Bun's JUnit report leaves it out.
 */
export function countsFrom(output) {
  const block = plain(output).split("\n\n").at(-1) ?? "";
  if (!LAST_LINE.test(block)) return undefined;
  const count = (word) => Number(new RegExp(`^ *(\\d+) ${word}`, "m").exec(block)?.[1] ?? 0);
  return {
    passed: count("pass"),
    failed: Math.max(count("fail"), count("error")),
    skipped: count("skip") + count("todo"),
  };
}

/** The skipped tests in a JUnit report, as "file: name". */
export function skippedIn(junit) {
  const skipped = [];
  for (const [, attributes] of junit.matchAll(/<testcase ([^>]*[^/>])>\s*<skipped/g)) {
    const attribute = (name) => unescaped(new RegExp(`(?:^| )${name}="([^"]*)"`).exec(attributes)?.[1] ?? "");
    skipped.push(`${attribute("file")}: ${[attribute("classname"), attribute("name")].filter(Boolean).join(" > ")}`);
  }
  return skipped;
}

function plain(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken out
  return text.replace(/\u001b\[[0-9;]*m/g, "").trimEnd();
}

function unescaped(text) {
  const named = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name) => named[name]);
}
