import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { countOf, MARKET_NAMES } from "../../src/core/mod.ts";
import type { HealthAnswer } from "../../src/wire/mod.ts";
import { connectionText } from "../market/connection-state.ts";
import { freshnessText } from "../market/freshness.ts";
import { sourceBadge } from "../market/source.ts";
import type { Page } from "../shell/page.ts";
import { ageText } from "../text/age.ts";
import { presentFigures } from "./figures.ts";
import { followedText } from "./followed.ts";
import { Plot } from "./plot.tsx";
import { type Sample, Samples } from "./samples.ts";

/** Each server status in a person's words. */
const WORDS: Readonly<Record<HealthAnswer["status"], string>> = {
  ok: "All is well",
  starting: "Starting",
  degraded: "Working, with problems",
};

/** The meaning of each server status for its readers. */
const MEANS: Readonly<Record<HealthAnswer["status"], string>> = {
  ok: "All data is complete and current.",
  starting:
    "The server is loading history. The data shown is correct. Candles that it hasn't loaded yet are marked as missing.",
  degraded:
    "The server has the problems listed below and keeps serving. Missing and uncertain candles are marked, and the server repairs them as soon as it can read them again. It never generates a candle.",
};

/** How the server is, in words and figures. */
export function StatusScreen({ page }: { page: Page }): JSX.Element {
  const { client, clock, market } = page;
  const samples = useMemo(() => new Samples(client, clock), [client, clock]);
  useEffect(() => {
    const stop = new AbortController();
    void samples.follow(stop.signal);
    return () => stop.abort();
  }, [samples]);
  const health = market.health.value;
  const all = samples.all.value;
  const fault = samples.fault.value;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls and holds nothing to focus, so the keyboard must reach it itself.
    <div class="screen status" tabIndex={0}>
      <div class="status-page">
        <h2 class="unseen">Status</h2>
        <Condition health={health} />
        <Facts page={page} health={health} />
        <MarketTable health={health} />
        {fault === "" ? null : (
          <p class="status-fault">
            {fault} {all.length === 0 ? "There are no plots." : "The plots stand still."}
          </p>
        )}
        <PlotsHead samples={all} isPartial={samples.isPartial.value} />
        <ul class="plots">
          {presentFigures(all).map((figure) => (
            <Plot key={figure.title} figure={figure} samples={all} />
          ))}
        </ul>
      </div>
    </div>
  );
}

/** The hour that a server keeps is a sample short of one. */
const HOUR_MS = 3_580_000;

function spanText(span: number): string {
  if (span < 60_000) return "Since the server started";
  return span < HOUR_MS ? `The last ${ageText(span)}` : "The last hour";
}

/** Which time the plots show, and why some are missing. */
function PlotsHead({ samples, isPartial }: { samples: readonly Sample[]; isPartial: boolean }): JSX.Element | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return null;
  return (
    <p class="plots-head">
      {spanText(last.at - first.at)}
      {isPartial ? ". Figures about the server itself need a key with the scope metrics." : ""}
    </p>
  );
}

function Condition({ health }: { health: HealthAnswer | undefined }): JSX.Element {
  if (health === undefined) {
    return (
      <section class="condition" data-status="unknown">
        <p class="condition-word">No answer</p>
        <p>The server's status is unknown. The data on this page may be old.</p>
      </section>
    );
  }
  return (
    <section class="condition" data-status={health.status}>
      <p class="condition-word">{WORDS[health.status]}</p>
      <p>{MEANS[health.status]}</p>
      {health.reasons.length === 0 ? null : (
        <ul>
          {health.reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Each market on a line, where there are several. */
function MarketTable({ health }: { health: HealthAnswer | undefined }): JSX.Element | null {
  if (health === undefined || health.markets.length < 2) return null;
  return (
    <table class="status-markets">
      <caption class="unseen">Markets</caption>
      <thead>
        <tr>
          <th scope="col">Market</th>
          <th scope="col">Status</th>
          <th scope="col">Source</th>
          <th scope="col">Feed</th>
          <th scope="col">Last data</th>
          <th scope="col">Symbols</th>
          <th scope="col">Series complete</th>
        </tr>
      </thead>
      <tbody>
        {health.markets.map(({ market, status, source, feed, symbols, coverage, reasons }) => (
          <tr key={market} data-status={status} title={reasons.join("; ")}>
            <th scope="row">{MARKET_NAMES[market]}</th>
            <td>{WORDS[status]}</td>
            <td>{source}</td>
            <td>{`${feed.state}, ${countOf(feed.connections, "connection")}`}</td>
            <td>{feed.silentForMs === null ? "–" : `${ageText(feed.silentForMs)} ago`}</td>
            <td>{symbols}</td>
            <td>{`${coverage.complete} of ${coverage.total}`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Facts({ page, health }: { page: Page; health: HealthAnswer | undefined }): JSX.Element {
  const { market } = page;
  const badge = sourceBadge(market.source.value, market.isCurrent.value);
  const connection = useComputed(() => connectionText(market.connection.value, market.now.value));
  const age = useComputed(() => freshnessText(market.ageMs.value));
  return (
    <dl class="health">
      <Fact name="Source" text={badge.text} says={badge.says} />
      <div>
        <dt>This page</dt>
        <dd>
          {connection}, {age}
        </dd>
      </div>
      {health === undefined ? null : (
        <>
          {health.following === null ? null : <Fact name="Follows" text={followedText(health.following)} />}
          <Fact name="Feed" text={`${health.feed.state}, ${countOf(health.feed.connections, "connection")}`} />
          <Fact name="Series" text={`${health.coverage.complete} of ${health.coverage.total} complete`} />
          <Fact name="Symbols" text={`${health.symbols} in ${countOf(health.intervals.length, "interval")}`} />
          <Fact name="Capacity" text={`${countOf(health.capacity, "candle")} per series`} />
          <Fact name="Checkpoint" text={checkpointText(health.checkpoint)} />
          <Fact name="Server" text={`Vyx ${health.version}, up for ${ageText(health.uptimeSeconds * 1_000)}`} />
        </>
      )}
    </dl>
  );
}

function Fact({ name, text, says }: { name: string; text: string; says?: string }): JSX.Element {
  return (
    <div title={says}>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </div>
  );
}

function checkpointText(checkpoint: HealthAnswer["checkpoint"]): string {
  if (checkpoint === null) return "disabled";
  const { ageMs, failures } = checkpoint;
  const age = ageMs === null ? "none yet" : `written ${ageText(ageMs)} ago`;
  return failures === 0 ? age : `${age}, ${failures} failed`;
}
