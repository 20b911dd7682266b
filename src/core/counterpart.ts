/** The other end of a market's feed, where it isn't an exchange. */
export type Counterpart = "the upstream" | undefined;

/**
 * Feeds and checkpoints call the other end of a feed the exchange, whatever it is. Gives their words as people should read them.
 *
 * @example namedAfter("the upstream")("the exchange is silent") // "the upstream is silent"
 */
export function namedAfter(counterpart: Counterpart): (message: string) => string {
  return (message) => (counterpart === undefined ? message : message.replaceAll("the exchange", counterpart));
}
