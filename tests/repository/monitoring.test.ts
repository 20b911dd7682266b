import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { allBounds } from "../../src/cli/documents.ts";
import { METRICS } from "../../src/server/mod.ts";
import { anchorsOf } from "./documents.ts";
import { ROOT, read } from "./project.ts";

const ALERTS = "deploy/prometheus/alerts.yaml";
const DASHBOARD = "deploy/grafana/vyx.json";
const PROMTOOL = Bun.which("promtool");

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

const rules = (Bun.YAML.parse(read(ALERTS)) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

const { panels } = JSON.parse(read(DASHBOARD)) as { panels: Panel[] };

/** The names of ours in an expression, those of a histogram's parts without their ends. */
function metricsIn(expression: string): string[] {
  return (expression.match(/\bvyx_\w+/g) ?? []).map((name) => name.replace(/(_seconds)_(?:bucket|sum|count)$/, "$1"));
}

const known = new Set<string>(METRICS.map(({ name }) => name));

describe("alerts", () => {
  test("each name a metric that there is", () => {
    expect(rules.length).toBeGreaterThan(5);
    const lost = rules.flatMap(({ alert, expr }) =>
      metricsIn(expr)
        .filter((name) => !known.has(name))
        .map((name) => `${alert}: ${name}`),
    );
    expect(lost).toEqual([]);
  });

  test("each have a section in the runbook, and each section has an alert", () => {
    const anchors = anchorsOf(read("docs/runbook.md")).slice(1);
    expect(rules.map(({ annotations }) => annotations.runbook).toSorted()).toEqual(
      anchors.map((anchor) => `docs/runbook.md#${anchor}`).toSorted(),
    );
    for (const { alert, annotations } of rules) expect(annotations.runbook).toEndWith(`#${alert.toLowerCase()}`);
  });

  test.skipIf(PROMTOOL === null)("are taken by Prometheus", () => {
    const { exitCode, stdout, stderr } = Bun.spawnSync([PROMTOOL ?? "", "check", "rules", join(ROOT, ALERTS)]);
    expect([exitCode, stderr.toString()]).toEqual([0, ""]);
    expect(stdout.toString()).toContain(`${rules.length} rules found`);
  });
});

test("bounds name metrics that there are, and each says what happens past it", () => {
  const bounds = Object.values(allBounds()).flat();
  expect(bounds.length).toBeGreaterThan(40);
  const lost = bounds.flatMap(({ what, metric = "" }) =>
    metricsIn(metric)
      .filter((name) => !known.has(name))
      .map((name) => `${what}: ${name}`),
  );
  expect(lost).toEqual([]);
  expect(bounds.filter(({ bound, whenFull }) => bound === "" || whenFull === "")).toEqual([]);
});

test("the dashboard asks for metrics that there are", () => {
  const lost = panels.flatMap(({ title, targets }) =>
    targets.flatMap(({ expr }) =>
      metricsIn(expr)
        .filter((name) => !known.has(name))
        .map((name) => `${title}: ${name}`),
    ),
  );
  expect(lost).toEqual([]);
  expect(panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => metricsIn(expr))).length).toBeGreaterThan(20);
});

test("metrics are in base units, and counters say that they are", () => {
  const wrong = METRICS.filter(
    ({ name, type }) =>
      /_(ms|milliseconds|kb|mb|minutes|percent)\b/.test(name) || (type === "counter") !== name.endsWith("_total"),
  );
  expect(wrong.map(({ name }) => name)).toEqual([]);
  expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length);
});
