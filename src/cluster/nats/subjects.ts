import { isSymbolText, type Kline, type MarketId, type Symbol, type UnixMs } from "../../core/mod.ts";
import { klineJson } from "../../wire/mod.ts";

/** What the name of a node may be: it is a token of subjects and keys. */
const NODE_NAME = /^[A-Za-z0-9_-]{1,40}$/;

/** The bytes of a symbol that a token holds as they are. "=" begins an escape, so it isn't among them. */
const PLAIN = /[A-Za-z0-9_-]/;

/** A symbol as one token of a subject: what isn't a letter, digit, "_" or "-" of ASCII is "=" and two hex digits for each byte of UTF-8. */
export function tokenOf(symbol: Symbol): string {
  let token = "";
  for (const byte of new TextEncoder().encode(symbol)) {
    const character = String.fromCharCode(byte);
    token += PLAIN.test(character) ? character : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return token;
}

/** The symbol that a token stands for; undefined where it is no token of a symbol. */
export function symbolOfToken(token: string): Symbol | undefined {
  if (!/^(?:[A-Za-z0-9_-]|=[0-9A-F]{2})+$/.test(token)) return undefined;
  const bytes = Uint8Array.from(token.match(/=..|./g) ?? [], (part) =>
    part.length === 1 ? part.charCodeAt(0) : Number.parseInt(part.slice(1), 16),
  );
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return isSymbolText(text) && tokenOf(text as Symbol) === token ? (text as Symbol) : undefined;
  } catch {
    return undefined;
  }
}

/** Where the final states of a symbol's minutes are published. */
export function finalSubject(market: MarketId, symbol: Symbol): string {
  return `vyx.kline.${market}.${tokenOf(symbol)}.1m`;
}

/** All final states of a market. */
export function finalsOf(market: MarketId): string {
  return `vyx.kline.${market}.*.1m`;
}

/** Where a node publishes open states and tickers. */
export function liveSubject(market: MarketId, node: string): string {
  return `vyx.live.${market}.${node}`;
}

/** Open states and tickers of a market, of all nodes. */
export function livesOf(market: MarketId): string {
  return `vyx.live.${market}.*`;
}

/** The node that published on a subject of {@link livesOf}. */
export function nodeOfLive(subject: string): string {
  return subject.slice(subject.lastIndexOf(".") + 1);
}

/** The stream of a market's final states. */
export function streamOf(market: MarketId): string {
  return `vyx-kline-${market}`;
}

/** Names the final state of a minute: JetStream stores one message of a name. */
export function finalId(market: MarketId, symbol: Symbol, openTime: UnixMs): string {
  return `${market}|${tokenOf(symbol)}|1m|${openTime}`;
}

/** Names a restatement by its figures: each is stored, and the same one from two nodes once. */
export function restatedId(market: MarketId, symbol: Symbol, kline: Readonly<Kline>): string {
  return `${finalId(market, symbol, kline.openTime)}|${Bun.hash(klineJson(kline)).toString(36)}`;
}

/** Whether a text may be the name of a node. */
export function isNodeName(text: string): boolean {
  return NODE_NAME.test(text);
}
