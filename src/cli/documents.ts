import type { Bound } from "../core/mod.ts";
import { FEED_BOUNDS } from "../feeds/mod.ts";
import { SCREENING_BOUNDS } from "../screening/mod.ts";
import { BOUNDS, METRICS, PRICES, protocolPage } from "../server/mod.ts";
import { SETTINGS, type SettingName, variableOf } from "./config.ts";

/** The pages that are made from the code, by their path from the project's folder. */
export function generatedDocuments(): ReadonlyMap<string, string> {
  return new Map([
    ["docs/configuration.md", configurationPage()],
    ["docs/limits.md", limitsPage()],
    ["docs/metrics.md", metricsPage()],
    ["docs/protocol.md", protocolPage()],
  ]);
}

function configurationPage(): string {
  const rows = (Object.keys(SETTINGS) as SettingName[]).map((name) => {
    const { flag, value, fallback, says, secret } = SETTINGS[name];
    const shown = value === "" ? `--${flag}` : `--${flag} ${value}`;
    const kept = secret ? ". Never printed" : "";
    return `| \`${shown}\` | \`${variableOf(flag)}\` | ${fallback === "" ? "none" : `\`${fallback}\``} | ${cell(says)}${kept} |`;
  });
  return `# Settings

Written by \`npm run docs\` from [src/cli/config.ts](../src/cli/config.ts). A flag comes before its variable, and that before
the default. \`vyx config\` prints what is in force and where each value comes from. A variable that begins with \`VYX_\` and
isn't in this list is an error.

| Flag of \`vyx serve\` | Variable | Default | What it is |
| --- | --- | --- | --- |
${rows.join("\n")}

## Keys

\`vyx keys create --name bot --scopes read,stream --rate 600/min --keys-file vyx-keys.json\` prints a key once and keeps its
SHA-256; \`vyx serve --keys-file vyx-keys.json\` takes it. \`vyx keys list\` shows the keys, \`vyx keys revoke --name bot\` ends one:
a running server closes its sockets within a second. \`vyx keys rotate --name bot --overlap 24h\` makes a new one while the old
one stays good for a while. Where there is no disk, \`vyx keys create --name bot --for-variable\` prints an entry for
\`VYX_API_KEYS\`.

Without any key the server listens on loopback only, and answers only requests that name this machine, such as
\`http://localhost:8080\`: so no page elsewhere can read it by having its own name lead here. \`--insecure-no-auth\` opens it to
everyone who can reach it, under any name.

## Behind a reverse proxy

Set \`--trusted-proxies\` to the proxy's address. Otherwise all clients behind it share one rate limit. Forwarding headers of other
senders are ignored. On Fly.io set \`--proxy-headers fly-client-ip\`, because the last hop of its \`X-Forwarded-For\` is Fly's own.

## Through an outgoing proxy

If \`HTTPS_PROXY\` (or \`HTTP_PROXY\` for an exchange at \`http://\`) is set, Vyx reaches the exchange's REST API and streams through that
proxy, and the log says so at start. Only HTTP proxies work. List hosts or domains in \`NO_PROXY\` to reach them directly. Vyx
never uses a proxy for addresses of its own machine.

## While it runs

\`PUT /log-level\` with \`{"level":"debug"}\` and a key of the scope \`admin\` changes how much the log tells until the next restart.

## Bounds that are built in

[limits.md](limits.md) lists them, with what each kind of request costs.
`;
}

function limitsPage(): string {
  const sections = Object.entries(allBounds()).map(([title, bounds]) => {
    const rows = bounds.map(
      ({ what, bound, whenFull, metric }) =>
        `| ${cell(what)} | ${bound} | ${cell(whenFull)} | ${metric === undefined ? "" : `\`${metric}\``} |`,
    );
    return `## ${title}

| What | Bound | Past it | Metric |
| --- | --- | --- | --- |
${rows.join("\n")}
`;
  });
  const prices = PRICES.map(({ what, tokens }) => `| ${cell(what)} | ${cell(tokens)} |`);
  return `# Limits

Written by \`npm run docs\` from [src/server/bounds.ts](../src/server/bounds.ts), [src/server/caches.ts](../src/server/caches.ts),
[src/screening/bounds.ts](../src/screening/bounds.ts), [src/feeds/bounds.ts](../src/feeds/bounds.ts) and [src/server/prices.ts](../src/server/prices.ts). Settings change rates, the number of sockets and what is kept of a series:
see [configuration.md](configuration.md). Nothing changes what is on this page. A bound without a metric of its own shows in
\`vyx_requests_total\` by the status of the refusal.

## Prices

A caller's bucket holds as many tokens as its rate says: 600/min holds 600, and refills by ten a second. A request takes its
price before any work is done. A request that costs more than the bucket holds takes all that it holds. A request with a mistake
in it costs 1, and so does one that is answered with 304.

| Request | Tokens |
| --- | --- |
${prices.join("\n")}

A large answer is made as its reader takes it, so a slow reader holds a few megabytes at most. When it is cut off (because the
reader was too slow, or because the server failed), the connection is closed before the end of the body: whoever checks that a
chunked body ended sees it.

${sections.join("\n")}`;
}

/** The built-in bounds of all rooms, by what they are about. */
export function allBounds(): Readonly<Record<string, readonly Bound[]>> {
  return { ...BOUNDS, Filters: SCREENING_BOUNDS, "The exchange": FEED_BOUNDS };
}

function metricsPage(): string {
  const rows = METRICS.map(({ name, type, help }) => `| \`${name}\` | ${type} | ${cell(help)} |`);
  return `# Metrics

Written by \`npm run docs\` from [src/server/metric-table.ts](../src/server/metric-table.ts). \`GET /metrics\` needs the scope
\`metrics\`. All are in base units: seconds and bytes. What a feed doesn't tell, a recording for example, is left out.

| Metric | Type | What it is |
| --- | --- | --- |
${rows.join("\n")}

[deploy/prometheus/alerts.yaml](../deploy/prometheus/alerts.yaml) holds alerts on them, [the runbook](runbook.md) what to do,
[deploy/grafana/vyx.json](../deploy/grafana/vyx.json) a dashboard.
`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
