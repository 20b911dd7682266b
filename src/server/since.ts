import { didYouMean, InvalidInput, wrongUnitOf } from "../core/mod.ts";
import { type Channel, channelName, parseChannel } from "../wire/mod.ts";

/**
 * How far `since` may lie ahead of the market, in milliseconds. Clients may be ahead for a while: of a server that was restarted and
 * serves from a checkpoint, or of a recording that begins again.
 */
const MAX_AHEAD_MS = 86_400_000;

/** What is known of the markets that channels are of. */
export interface SinceContext {
  /** The time of a channel's market in Unix milliseconds, 0 while it isn't known. */
  marketTimeOf(channel: Channel): number;
  /** The channels that are meant: one of a wildcard is one for each market. */
  eachMarket(channel: Channel): readonly Channel[];
}

/**
 * Reads `since`: by each channel's one name, the open time from which on its klines are wanted. Throws {@link InvalidInput} if a
 * name isn't one of the request's channels, the channel has no klines, or the moment can't be meant.
 */
export function readSince(
  since: Readonly<Record<string, number>>,
  channels: ReadonlyMap<string, Channel>,
  context: SinceContext,
): Map<string, number> {
  const read = new Map<string, number>();
  for (const [given, openTime] of Object.entries(since)) {
    // Most clients give a channel's one name.
    const same = channels.get(given);
    const meant = same === undefined ? context.eachMarket(parseChannel(given, didYouMean)) : [same];
    for (const channel of meant) {
      const name = channelName(channel);
      if (!channels.has(name)) {
        throw new InvalidInput(`since names ${given}, which is not among the channels of this request`);
      }
      refuseWrongSince(given, openTime, channel, context.marketTimeOf(channel));
      read.set(name, openTime);
    }
  }
  return read;
}

function refuseWrongSince(given: string, openTime: number, channel: Channel, marketTime: number): void {
  if (channel.kind !== "kline" && channel.kind !== "closed") {
    throw new InvalidInput(`${given}: since is for kline and closed channels, and this one has no klines`);
  }
  const wrong = wrongUnitOf(openTime);
  if (wrong?.unit === "seconds") {
    throw new InvalidInput(`${given}: since ${openTime} is in seconds: expected milliseconds, ${wrong.ms}`);
  }
  if (marketTime > 0 && openTime > marketTime + MAX_AHEAD_MS) {
    throw new InvalidInput(
      `${given}: since ${openTime} lies in the future of the market, where it is ${marketTime}: ` +
        "expected the open time of the last closed kline that you have, in milliseconds",
    );
  }
}
