import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { allBounds } from "../../src/cli/documents.ts";
import { METRICS } from "../../src/server/mod.ts";
import { anchorsOf } from "./documents.ts";
import { ROOT, read } from "./project.ts";

const ALERTS = "deploy/prometheus/alerts.yaml";
const ALERT_TESTS = "tests/deploy/alert-rules.yaml";
const ALERTMANAGER = "deploy/alertmanager/alertmanager.yaml";
const DASHBOARD = "deploy/grafana/vyx.json";
const PROMTOOL = Bun.which("promtool");
const AMTOOL = Bun.which("amtool");

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

const rules = (Bun.YAML.parse(read(ALERTS)) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
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

  test("each have their cause, the proof and the remedy there, with metrics that there are", () => {
    for (const section of read("docs/runbook.md").split(/^## /m).slice(1)) {
      const [name] = section.split("\n");
      const parts = [...section.matchAll(/^\*\*(\w+)\.\*\* /gm)].map(([, part]) => part);
      expect([name, parts]).toEqual([name, ["Cause", "Proof", "Remedy"]]);
      expect([name, metricsIn(section).filter((metric) => !known.has(metric))]).toEqual([name, []]);
    }
  });

  test.skipIf(PROMTOOL === null)("are taken by Prometheus", () => {
    const { exitCode, stdout, stderr } = Bun.spawnSync([PROMTOOL ?? "", "check", "rules", join(ROOT, ALERTS)]);
    expect([exitCode, stderr.toString()]).toEqual([0, ""]);
    expect(stdout.toString()).toContain(`${rules.length} rules found`);
  });

  test.skipIf(PROMTOOL === null)("fire for their cause, and not without it", () => {
    const { exitCode, stdout, stderr } = Bun.spawnSync([PROMTOOL ?? "", "test", "rules", join(ROOT, ALERT_TESTS)]);
    expect([exitCode, stderr.toString().trim(), stdout.toString()]).toEqual([
      0,
      "",
      expect.stringContaining("SUCCESS"),
    ]);
  });

  test("are each tested to fire and to be silent", () => {
    const { tests } = Bun.YAML.parse(read(ALERT_TESTS)) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
    };
    const evaluations = tests.flatMap(({ alert_rule_test }) => alert_rule_test);
    const untested = rules.filter(({ alert }) => {
      const ofAlert = evaluations.filter(({ alertname }) => alertname === alert);
      const firing = ofAlert.filter(({ exp_alerts }) => exp_alerts.length > 0).length;
      return firing === 0 || firing === ofAlert.length;
    });
    expect(untested.map(({ alert }) => alert)).toEqual([]);
  });
});

describe("Alertmanager", () => {
  interface AlertmanagerFile {
    readonly route: { readonly receiver: string };
    readonly receivers: readonly { readonly name: string }[];
    readonly inhibit_rules: readonly {
      readonly source_matchers: readonly string[];
      readonly target_matchers: readonly string[];
      readonly equal: readonly string[];
    }[];
  }
  const { route, receivers, inhibit_rules } = Bun.YAML.parse(read(ALERTMANAGER)) as AlertmanagerFile;

  test.skipIf(AMTOOL === null)("takes its configuration", () => {
    const { exitCode, stderr } = Bun.spawnSync([AMTOOL ?? "", "check-config", join(ROOT, ALERTMANAGER)]);
    expect([exitCode, stderr.toString()]).toEqual([0, ""]);
  });

  test("has receivers to fill in", () => {
    expect(receivers.map(({ name }) => name)).toEqual(["nobody", "e-mail", "slack", "webhook"]);
    expect(route.receiver).toBe("nobody");
  });

  test("inhibits only alerts that there are, each on the same server, and of the same market where both have one", () => {
    const names = new Set(rules.map(({ alert }) => alert));
    const named = inhibit_rules
      .flatMap(({ source_matchers, target_matchers }) => [...source_matchers, ...target_matchers])
      .flatMap((matcher) => matcher.match(/Vyx\w+/g) ?? []);
    expect(named.filter((name) => name !== "Vyx" && !names.has(name))).toEqual([]);
    expect(inhibit_rules.filter(({ equal }) => !/^instance(,market)?$/.test(equal.join()))).toEqual([]);
    const ofMarkets = inhibit_rules.filter(({ equal }) => equal.includes("market"));
    expect(ofMarkets.flatMap(({ source_matchers }) => source_matchers).toSorted()).toEqual([
      'alertname="VyxBanned"',
      'alertname="VyxFeedStale"',
      'alertname="VyxNotReady"',
    ]);
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

test("every legend of the dashboard names the server", () => {
  const unnamed = panels.flatMap(({ title, targets }) =>
    targets
      .filter(({ expr, legendFormat }) => {
        const groups = [...expr.matchAll(/\bby \(([^)]*)\)/g)].map(([, labels = ""]) => labels.split(/, */));
        const isMerged = /\b(sum|max|min|avg)\b/.test(expr) && groups.length === 0;
        return (
          !legendFormat.includes("{{instance}}") || isMerged || groups.some((labels) => !labels.includes("instance"))
        );
      })
      .map(({ expr }) => `${title}: ${expr}`),
  );
  expect(unnamed).toEqual([]);
});

test("metrics are in base units, and counters say that they are", () => {
  const wrong = METRICS.filter(
    ({ name, type }) =>
      /_(ms|milliseconds|kb|mb|minutes|percent)\b/.test(name) || (type === "counter") !== name.endsWith("_total"),
  );
  expect(wrong.map(({ name }) => name)).toEqual([]);
  expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length);
});
