import { expect, test } from "bun:test";
import { readMailLink } from "./mail-link.ts";

test("a link to choose a new password is one, and others sign nobody in", () => {
  const tokens = "access_token=a.b.c&expires_in=3600&refresh_token=r&token_type=bearer";
  expect(readMailLink(`#${tokens}&type=recovery`)).toEqual({
    kind: "recovery",
    accessToken: "a.b.c",
    refreshToken: "r",
  });
  expect(readMailLink(`#${tokens}&type=signup`)).toEqual({
    kind: "note",
    text: "Your e-mail address is confirmed: sign in.",
  });
});

test("one that is too old says so", () => {
  const hash = "#error=access_denied&error_code=otp_expired&error_description=Email+link+is+invalid+or+has+expired";
  expect(readMailLink(hash)).toEqual({
    kind: "note",
    text: "The link in the mail can't be used: Email link is invalid or has expired. Have another one sent.",
  });
});

test("the page's own addresses are none", () => {
  for (const hash of ["", "#", "#/markets", "#/chart/BTCUSDT/5m?at=1", "#access_token=a"]) {
    expect(readMailLink(hash)).toBeUndefined();
  }
});
