import type { DestinationDraft } from "./destination-draft.ts";

/** What the server refused in a form, and the field that it is about. */
export interface DestinationFault {
  readonly text: string;
  /** Undefined where it is about no field of the form. */
  readonly of: keyof DestinationDraft | undefined;
}

/** The fields by the server's names. */
const FIELDS: Readonly<Record<string, keyof DestinationDraft>> = {
  ...{ name: "name", "address.url": "url", "address.token": "token", "address.chatId": "chatId", "address.to": "to" },
  ...{ digestAbove: "digestAbove", maxPerHour: "maxPerHour", "quiet.from": "quietFrom", "quiet.until": "quietUntil" },
};

/** Reads the server's words. @example destinationFault("address.token: expected a token") // { text: "Expected a token", of: "token" } */
export function destinationFault(detail: string): DestinationFault {
  const [, path = "", rest = ""] = /^([\w.]+): (.+)$/s.exec(detail) ?? [];
  const of = FIELDS[path];
  return of === undefined ? { text: detail, of } : { text: rest.charAt(0).toUpperCase() + rest.slice(1), of };
}
