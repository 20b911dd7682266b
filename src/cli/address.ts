import { InvalidInput } from "../core/mod.ts";

/**
 * Checks that a text is an address of one of these protocols (`http:` and so on), and gives it back as it is. Throws InvalidInput
 * that repeats the text, unless it may hold a password, and suggests the protocol where only that is missing.
 */
export function readAddress(text: string, protocols: readonly string[], isSecret = false): string {
  if (URL.canParse(text) && protocols.includes(new URL(text).protocol)) return text;
  const isShown = /^[a-z]+:\/\/[^@]*$/.test(text) || (!isSecret && !text.includes("@"));
  const expected = protocols.map((name) => `${name}//…`).join(" or ");
  throw new InvalidInput(
    `${isShown ? `"${text}"` : "it"} is not an address: expected ${expected}${isShown ? suggestion(text, protocols) : ""}`,
  );
}

/** A host, perhaps with a port, lacks only the protocol. Encryption is assumed only beyond this machine. */
function suggestion(text: string, protocols: readonly string[]): string {
  if (!/^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d+)?(\/.*)?$/i.test(text)) return "";
  const isLocal = /^(localhost|127\.|\[::1\])/.test(text) || /^[\d.]+(:|$)/.test(text);
  const protocol = protocols.find((name) => /^(https|wss):/.test(name) !== isLocal) ?? protocols[0];
  return text === "" ? "" : `, for example ${protocol}//${text}`;
}
