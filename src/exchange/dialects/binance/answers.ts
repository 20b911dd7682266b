import type { RestAnswer, RestDialect, SentAway } from "../../dialect.ts";

/** What Binance's markets say when an address has spent too much. */
export interface WeightWords {
  refused(): string;
  banned(until: number): string;
}

/**
 * How Binance wraps what it answers: errors are 400 with a code, and each answer tells the weight that was used. `usedIn`: the
 * headers that have it.
 */
export function binanceAnswers(
  usedIn: readonly string[],
  words: WeightWords,
): Pick<RestDialect, "sentAwayWith" | "answered" | "refused" | "sentAway" | "notFound"> {
  const headersOf = (used: number): Record<string, string> =>
    Object.fromEntries(usedIn.map((name) => [name, String(used)]));
  return {
    sentAwayWith: [429, 418],
    answered: (body, used) => ({ status: 200, body, headers: headersOf(used) }),
    refused: ({ code, message }, used) => ({ status: 400, body: { code, msg: message }, headers: headersOf(used) }),
    sentAway: ({ used, banned, retryAfterSeconds, until }: SentAway): RestAnswer => ({
      status: banned ? 418 : 429,
      body: { code: -1003, msg: banned ? words.banned(until) : words.refused() },
      headers: { ...headersOf(used), "retry-after": String(retryAfterSeconds) },
    }),
    notFound: (method, path) => ({
      status: 404,
      body: { code: -1000, msg: `There is no ${method} ${path}.` },
      headers: {},
    }),
  };
}
