import { claimsOf } from "./token-claims.ts";

/** The data behind the # in the URL of a project's e-mail link. */
export type MailLink =
  /** Whoever opened it may choose a new password for the account with this e-mail address, which isn't checked yet. */
  | RecoveryLink
  /** The message for the user. */
  | { readonly kind: "note"; readonly text: string };

/** A link whose tokens sign in a user who has forgotten the password. */
export interface RecoveryLink {
  readonly kind: "recovery";
  readonly email: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Characters of a link's fault that are shown. */
const MOST_CHARACTERS = 200;

/** Reads what stands behind the #; undefined when no mail's link has led here. */
export function readMailLink(hash: string): MailLink | undefined {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const fault = parts.get("error_description") ?? parts.get("error");
  if (fault !== null) return unusable(fault.slice(0, MOST_CHARACTERS));
  const [accessToken, refreshToken] = [parts.get("access_token"), parts.get("refresh_token")];
  if (accessToken === null || refreshToken === null) return undefined;
  if (parts.get("type") === "recovery") {
    const { email } = claimsOf(accessToken);
    if (typeof email !== "string" || email === "") return unusable("it names no account");
    return { kind: "recovery", email, accessToken, refreshToken };
  }
  // Whoever made the link could be anybody: nobody is signed in by merely following one.
  return { kind: "note", text: "Your e-mail address is confirmed. Sign in." };
}

function unusable(why: string): MailLink {
  return { kind: "note", text: `The link in the e-mail is not valid: ${why}. Request another one.` };
}
