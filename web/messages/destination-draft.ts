import type { AskedDestination } from "../../src/client/mod.ts";
import type { Destination, DestinationAddress, DestinationKind } from "../../src/wire/mod.ts";
import { ownMinutes, quietOf, timeOf } from "./quiet-time.ts";

/** A new destination as the form has it: texts, as they were typed. */
export interface DestinationDraft {
  readonly name: string;
  readonly kind: DestinationKind;
  readonly url: string;
  readonly token: string;
  readonly chatId: string;
  /** An e-mail address. */
  readonly to: string;
  /** A trader's id, or empty for all. */
  readonly trader: string;
  readonly digestAbove: string;
  readonly maxPerHour: string;
  readonly onChange: boolean;
  /** Whether it gets price alerts. */
  readonly priceAlerts: boolean;
  /** 22:00 by the user's clock; both empty for no quiet hours. */
  readonly quietFrom: string;
  readonly quietUntil: string;
}

/** An empty form. */
export const EMPTY_DRAFT: DestinationDraft = {
  ...{ name: "", kind: "telegram", url: "", token: "", chatId: "", to: "", trader: "" },
  ...{ digestAbove: "10", maxPerHour: "60", onChange: false, priceAlerts: true, quietFrom: "", quietUntil: "" },
};

/**
 * What the form has for a destination that is changed: all but its address, which the server doesn't send
 * again. `aheadMinutes`: how far the user's clock is ahead of UTC.
 */
export function draftOf(
  { name, kind, traders, digestAbove, maxPerHour, onChange, priceAlerts, quiet }: Destination,
  aheadMinutes: number,
): DestinationDraft {
  const own = (minutes: number | undefined): string =>
    minutes === undefined ? "" : timeOf(ownMinutes(minutes, aheadMinutes));
  return {
    ...EMPTY_DRAFT,
    ...{
      name,
      kind,
      trader: traders?.[0] ?? "",
      onChange,
      priceAlerts,
      digestAbove: String(digestAbove),
      maxPerHour: String(maxPerHour),
    },
    ...{ quietFrom: own(quiet?.from), quietUntil: own(quiet?.until) },
  };
}

/** What a form changes of a destination: the address only where it was written anew, and the traders only where others were chosen. */
export function changeOf(
  draft: DestinationDraft,
  before: Destination,
  aheadMinutes: number,
): Partial<AskedDestination> {
  const { address, traders, ...rules } = askedOf(draft, aheadMinutes);
  const hasAddress =
    [draft.url, draft.token, draft.chatId, draft.to].some((text) => text.trim() !== "") || draft.kind !== before.kind;
  return {
    ...rules,
    ...(hasAddress ? { address } : {}),
    ...(draft.trader === (before.traders?.[0] ?? "") ? {} : { traders }),
  };
}

/** What a form asks for. The server says what is wrong in it. */
export function askedOf(draft: DestinationDraft, aheadMinutes: number): AskedDestination {
  return {
    name: draft.name,
    address: addressOf(draft),
    traders: draft.trader === "" ? null : [draft.trader],
    digestAbove: Number(draft.digestAbove),
    maxPerHour: Number(draft.maxPerHour),
    onChange: draft.onChange,
    priceAlerts: draft.priceAlerts,
    quiet: quietOf(draft.quietFrom, draft.quietUntil, aheadMinutes),
  };
}

function addressOf({ kind, url, token, chatId, to }: DestinationDraft): DestinationAddress {
  switch (kind) {
    case "webhook":
    case "discord":
      return { kind, url: url.trim() };
    case "telegram":
      return { kind, token: token.trim(), chatId: chatId.trim() };
    case "ntfy":
      return { kind, url: url.trim(), ...(token.trim() === "" ? {} : { token: token.trim() }) };
    case "email":
      return { kind, to: to.trim() };
  }
}
