import { CLOSE, type CloseCode } from "./close-codes.ts";

/** Each code in words, for the contract's page. */
export const CLOSE_SAYS: Readonly<Record<CloseCode, { readonly says: string; readonly comeBack: string }>> = {
  [CLOSE.shutdown]: { says: "the server is shutting down", comeBack: "yes, with back-off" },
  [CLOSE.tooOld]: {
    says: "open for as long as the server keeps sockets, so that they spread over all servers; or the market was replaced by another one, see `epoch` in [`hello`](#hello)",
    comeBack: "yes, with `since`",
  },
  [CLOSE.tooSlow]: {
    says: "too slow: too much waits for the client, or it has read nothing for too long",
    comeBack: "yes, with `since`",
  },
  [CLOSE.tooManyMessages]: { says: "went on sending faster than it may", comeBack: "yes, with back-off, and slower" },
  [CLOSE.unauthorized]: {
    says: "bad key or ticket, or a key or token that has ended",
    comeBack: "no, unless with a newer token; once with another ticket",
  },
  [CLOSE.malformed]: { says: "malformed or oversized frame", comeBack: "no" },
  [CLOSE.tooManyChannels]: { says: "too many channels", comeBack: "no" },
};
