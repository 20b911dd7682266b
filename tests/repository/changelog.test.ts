import { expect, test } from "bun:test";
import { PACKAGE_JSON, type ProjectPath, read } from "./project.ts";

const KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];
const VERSION = /^\[(\d+\.\d+\.\d+)\] - (20\d\d-\d\d-\d\d)$/;
const RELEASE = read(".github/workflows/release.yml" as ProjectPath);

/** What is wrong with a changelog, in words; nothing where it has the form of Keep a Changelog. */
function faultsOf(text: string): string[] {
  const [unreleased, ...versions] = [...text.matchAll(/^## (.*)$/gm)].map(([, heading = ""]) => heading);
  const parts = versions.map((heading) => VERSION.exec(heading));
  const dates = parts.map((part) => part?.[2] ?? "");
  const kinds = [...text.matchAll(/^### (.*)$/gm)].map(([, kind = ""]) => kind);
  const order = parts.map((part) => part?.[1] ?? "0.0.0");
  // A change that belongs to no kind stands between a version and its first kind.
  const loose = text
    .split(/^## .*$/m)
    .slice(1)
    .filter((section) => /^- /m.test(section.split(/^### /m)[0] ?? ""));
  return [
    unreleased === "[Unreleased]" ? [] : "the first section isn't [Unreleased]",
    parts.includes(null) ? "a version isn't written as [1.2.3] - 2026-12-31" : [],
    dates.every((date) => !Number.isNaN(Date.parse(date))) ? [] : "a date isn't one",
    Bun.deepEquals(order, order.toSorted(Bun.semver.order).toReversed()) ? [] : "the versions aren't newest first",
    Bun.deepEquals(dates, dates.toSorted().toReversed()) ? [] : "the dates aren't newest first",
    kinds.filter((kind) => !KINDS.includes(kind)).map((kind) => `"${kind}" is no kind of change`),
    loose.length === 0 ? [] : "a change belongs to no kind",
  ].flat();
}

test("the changelog has the form of Keep a Changelog", () => {
  expect(faultsOf(read("CHANGELOG.md" as ProjectPath))).toEqual([]);
  const released =
    "## [Unreleased]\n\n## [0.10.0] - 2026-12-31\n\n### Added\n\n- a\n\n## [0.9.0] - 2026-11-30\n\n### Fixed\n\n- b\n";
  expect(faultsOf(released)).toEqual([]);
  expect(faultsOf(released.replace("## [Unreleased]\n\n", ""))).toHaveLength(1);
  expect(faultsOf(released.replace("### Added", "### New"))).toEqual(['"New" is no kind of change']);
  expect(faultsOf(released.replace("### Fixed\n\n", ""))).toEqual(["a change belongs to no kind"]);
  expect(faultsOf(released.replace("0.10.0", "0.8.0"))).toEqual(["the versions aren't newest first"]);
  expect(faultsOf(released.replace("[0.9.0] - 2026-11-30", "0.9.0 (2026-11-30)")).length).toBeGreaterThan(0);
});

test("the release workflow asks for a dated entry of the version, in that form", () => {
  const [, pattern = ""] = /grep -q "(\^## [^"]+)" CHANGELOG\.md/.exec(RELEASE) ?? [];
  const expression = pattern.replace("$version", PACKAGE_JSON.version.replaceAll(".", "\\."));
  const found = (line: string): boolean => new RegExp(expression, "m").test(`# Changelog\n\n${line}\n`);
  const dated = `## [${PACKAGE_JSON.version}] - 2026-12-31`;
  expect([dated, "## [Unreleased]", `## ${PACKAGE_JSON.version} (2026-12-31)`].map(found)).toEqual([
    true,
    false,
    false,
  ]);
});

test("the package is published with provenance, by a workflow without a token", () => {
  expect(PACKAGE_JSON).toMatchObject({ publishConfig: { access: "public", provenance: true } });
  expect(RELEASE).toMatch(/^ +id-token: write$/m);
  expect(RELEASE).not.toMatch(/NODE_AUTH_TOKEN|NPM_TOKEN|secrets\./);
});
