/** What a link in a project's mail brings along behind the address's #. */
export type MailLink =
  /** Whoever opened it may choose a new password. */
  | { readonly kind: "recovery"; readonly accessToken: string; readonly refreshToken: string }
  /** What to say to whoever opened it. */
  | { readonly kind: "note"; readonly text: string };

/** Reads what stands behind the #; undefined when no mail's link has led here. */
export function readMailLink(hash: string): MailLink | undefined {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const fault = parts.get("error_description") ?? parts.get("error");
  if (fault !== null)
    return { kind: "note", text: `The link in the mail can't be used: ${fault}. Have another one sent.` };
  const [accessToken, refreshToken] = [parts.get("access_token"), parts.get("refresh_token")];
  if (accessToken === null || refreshToken === null) return undefined;
  if (parts.get("type") === "recovery") return { kind: "recovery", accessToken, refreshToken };
  // Whoever made the link could be anybody: nobody is signed in by merely following one.
  return { kind: "note", text: "Your e-mail address is confirmed: sign in." };
}
