import { InvalidInput, wrongUnitOf } from "../core/mod.ts";
import { type Channel, channelName, parseChannel } from "../wire/mod.ts";

/**
 * How far `since` may lie ahead of the market, in milliseconds. Clients may be ahead for a while: of a server that was restarted and
 * serves from a checkpoint, or of a recording that begins again.
 */
const MAX_AHEAD_MS = 86_400_000;

/**
 * Reads `since`: by each channel's one name, the open time from which on its klines are wanted. Throws {@link InvalidInput} if a
 * name isn't one of the request's channels, the channel has no klines, or the moment can't be meant. `marketTime` is Unix milliseconds,
 * 0 while it isn't known.
 */
export function readSince(
  since: Readonly<Record<string, number>>,
  channels: ReadonlyMap<string, Channel>,
  marketTime: number,
): Map<string, number> {
  const read = new Map<string, number>();
  for (const [given, openTime] of Object.entries(since)) {
    // Most clients give a channel's one name.
    const name = channels.has(given) ? given : channelName(parseChannel(given));
    const channel = channels.get(name);
    if (channel === undefined) {
      throw new InvalidInput(`since names ${given}, which is not among the channels of this request`);
    }
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
    read.set(name, openTime);
  }
  return read;
}
