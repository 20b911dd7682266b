import { expect, test } from "bun:test";
import { readMailLink } from "./mail-link.ts";

test("a link to choose a new password is one, and others sign nobody in", () => {
  const token = `a.${btoa('{"email":"anna@example.org"}')}.c`;
  const tokens = `access_token=${encodeURIComponent(token)}&expires_in=3600&refresh_token=r&token_type=bearer`;
  expect(readMailLink(`#${tokens}&type=recovery`)).toEqual({
    kind: "recovery",
    email: "anna@example.org",
    accessToken: token,
    refreshToken: "r",
  });
  expect(readMailLink(`#${tokens}&type=signup`)).toEqual({
    kind: "note",
    text: "Your e-mail address is confirmed. Sign in.",
  });
});

test("one that doesn't say whose account it is changes no password", () => {
  for (const token of ["a.b.c", "a", `a.${btoa("null")}.c`, `a.${btoa('{"email":1}')}.c`]) {
    expect(readMailLink(`#access_token=${encodeURIComponent(token)}&refresh_token=r&type=recovery`)).toEqual({
      kind: "note",
      text: "The link in the e-mail is not valid: it names no account. Request another one.",
    });
  }
});

test("one that is too old says so", () => {
  const hash = "#error=access_denied&error_code=otp_expired&error_description=Email+link+is+invalid+or+has+expired";
  expect(readMailLink(hash)).toEqual({
    kind: "note",
    text: "The link in the e-mail is not valid: Email link is invalid or has expired. Request another one.",
  });
});

test("the page's own addresses are none", () => {
  for (const hash of ["", "#", "#/markets", "#/chart/BTCUSDT/5m?at=1", "#access_token=a"]) {
    expect(readMailLink(hash)).toBeUndefined();
  }
});
