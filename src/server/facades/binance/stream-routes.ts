import * as v from "valibot";
import type { MarketId } from "../../../core/mod.ts";
import type { MarketReader } from "../../../store/mod.ts";
import type { FacadeFormat } from "../../message-format.ts";
import { inPath, optional } from "../../parameter.ts";
import { type Call, type Handled, type Route, route } from "../../route.ts";
import type { FacadeAsked } from "../../socket.ts";
import { MAX_TICKET_CHARACTERS } from "../../tickets.ts";

/** Where the streams of each market are. Contracts have theirs also behind `/market` (Binance USDⓈ-M documentation, 2026-03). */
const PREFIXES: readonly (readonly [MarketId, readonly string[]])[] = [
  ["binance", ["/binance"]],
  ["binance-usdm", ["/binance-usdm", "/binance-usdm/market"]],
];

/** The longest list of streams in an address, in characters. */
const MAX_CHARACTERS = 12_000;

/** What a socket of the façade is opened for. */
interface Asked {
  readonly format: FacadeFormat;
  readonly facade: FacadeAsked;
}

const list = v.pipe(v.string(), v.maxLength(MAX_CHARACTERS));
const LIST_WORDS = {
  says: "streams, with / between them",
  expected: "names such as btcusdt@kline_1m/ethusdt@miniTicker",
};

/** The routes that become sockets, of those of Binance's markets that the server has. */
export function streamRoutes(markets: MarketReader, letIn: (call: Call, asked: Asked) => Handled): Route[] {
  return PREFIXES.flatMap(([market, prefixes]) =>
    markets.of(market) === undefined ? [] : prefixes.flatMap((prefix) => routesAt(prefix, market, letIn)),
  );
}

function routesAt(prefix: string, market: MarketId, letIn: (call: Call, asked: Asked) => Handled): Route[] {
  const ticket = optional("text", v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_TICKET_CHARACTERS)), undefined, {
    says: "a ticket, for browsers, which can't send a header",
    expected: "a ticket from POST /tickets",
  });
  const shared = { method: "GET", scope: "stream", isSocket: true, about: market } as const;
  const answers = { 101: { says: "switching protocols" } };
  const asked = (format: FacadeFormat, streams: string): Asked => ({
    format,
    // Some clients put a number of their own where a stream would be, and subscribe later.
    facade: { market, streams: streams.split("/").filter((stream) => /[@!]/.test(stream)) },
  });
  return [
    route({
      ...{ ...shared, answers, path: `${prefix}/ws`, parameters: { ticket } },
      says: "Streams in the shape of Binance's: the client subscribes to them",
      handle: (call) => letIn(call, asked("binance", "")),
    }),
    route({
      ...{ ...shared, answers, path: `${prefix}/ws/{streams...}` },
      parameters: { streams: inPath(list, LIST_WORDS), ticket },
      says: "Streams in the shape of Binance's: those that the address names, and others that the client subscribes to",
      handle: (call) => letIn(call, asked("binance", call.values.streams)),
    }),
    route({
      ...{ ...shared, answers, path: `${prefix}/stream` },
      parameters: { streams: optional("text", list, "", LIST_WORDS), ticket },
      says: "The same, each message with the name of its stream around it",
      handle: (call) => letIn(call, asked("binance-combined", call.values.streams)),
    }),
  ];
}
