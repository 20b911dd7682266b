import type { AskedDestination } from "../../src/client/mod.ts";
import type { Destination, DestinationAddress, DestinationKind, QuietHours } from "../../src/wire/mod.ts";

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
  /** 22:00; both empty for no quiet hours. */
  readonly quietFrom: string;
  readonly quietUntil: string;
}

/** An empty form. */
export const EMPTY_DRAFT: DestinationDraft = {
  ...{ name: "", kind: "telegram", url: "", token: "", chatId: "", to: "", trader: "" },
  ...{ digestAbove: "10", maxPerHour: "60", onChange: false, quietFrom: "", quietUntil: "" },
};

/** What the form has for a destination that is changed: all but its address, which nobody is told again. */
export function draftOf({
  name,
  kind,
  traders,
  digestAbove,
  maxPerHour,
  onChange,
  quiet,
}: Destination): DestinationDraft {
  return {
    ...EMPTY_DRAFT,
    ...{
      name,
      kind,
      trader: traders?.[0] ?? "",
      onChange,
      digestAbove: String(digestAbove),
      maxPerHour: String(maxPerHour),
    },
    ...{ quietFrom: quiet === null ? "" : timeOf(quiet.from), quietUntil: quiet === null ? "" : timeOf(quiet.until) },
  };
}

/** What a form changes of a destination: the address only where it was written anew, and the traders only where others were chosen. */
export function changeOf(draft: DestinationDraft, before: Destination): Partial<AskedDestination> {
  const { address, traders, ...rules } = askedOf(draft);
  const hasAddress =
    [draft.url, draft.token, draft.chatId, draft.to].some((text) => text.trim() !== "") || draft.kind !== before.kind;
  return {
    ...rules,
    ...(hasAddress ? { address } : {}),
    ...(draft.trader === (before.traders?.[0] ?? "") ? {} : { traders }),
  };
}

/** 22:00 for 1320. */
export function timeOf(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** What a form asks for. The server says what is wrong in it. */
export function askedOf(draft: DestinationDraft): AskedDestination {
  return {
    name: draft.name,
    address: addressOf(draft),
    traders: draft.trader === "" ? null : [draft.trader],
    digestAbove: Number(draft.digestAbove),
    maxPerHour: Number(draft.maxPerHour),
    onChange: draft.onChange,
    quiet: quietOf(draft),
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

function quietOf({ quietFrom, quietUntil }: DestinationDraft): QuietHours | null {
  if (quietFrom === "" && quietUntil === "") return null;
  return { from: minutesOf(quietFrom), until: minutesOf(quietUntil) };
}

/** Minutes of the day; NaN for a time that isn't whole. */
function minutesOf(time: string): number {
  const [hours, minutes] = time.split(":");
  return hours === undefined || minutes === undefined ? Number.NaN : 60 * Number(hours) + Number(minutes);
}
