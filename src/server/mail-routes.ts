import * as v from "valibot";
import { DatabaseUnreachable } from "../traders/mod.ts";
import type { WholeAnswer } from "./answer.ts";
import { inPath, type Parameter } from "./parameter.ts";
import { RequestProblem } from "./problem.ts";
import { type Route, route } from "./route.ts";

const TOKEN: Parameter<string> = inPath(v.pipe(v.string(), v.uuid()), {
  says: "the token in the e-mail's link",
  expected: "the link of an e-mail, unchanged",
});

/** What mail programs send to end messages with one click (RFC 8058), and our own form, which has nothing in it. In bytes. */
const MAX_FORM_BYTES = 1_024;

const HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

/**
 * The link in each e-mail: its recipient ends the messages there, without a key. Reading it changes nothing, because programs that look through
 * mail read links. `end`: false where no address has the token.
 */
export function mailRoutes(end: (token: string) => Promise<boolean>): Route[] {
  const shared = { path: "/mail/{token}", scope: undefined, parameters: { token: TOKEN } } as const;
  const answers = { 200: { says: "a page for the recipient", contentType: "text/html" } } as const;
  const ended = async (token: string): Promise<boolean> => {
    try {
      return await end(token);
    } catch (cause) {
      if (!(cause instanceof DatabaseUnreachable)) throw cause;
      throw new RequestProblem(
        "not_ready",
        "this can't be noted at the moment: expected to be tried again in a minute",
        60,
      );
    }
  };
  return [
    route({
      ...{ ...shared, method: "GET", says: "Asks an e-mail's recipient whether the messages should end", answers },
      handle: () =>
        page(
          "End these messages?",
          '<p>Vyx sends messages about trading signals and price alerts to your address.</p><form method="post"><button>End the messages</button></form>',
        ),
    }),
    route({
      ...{ ...shared, method: "POST", says: "Ends the messages to an e-mail's recipient", answers },
      maxBodyBytes: MAX_FORM_BYTES,
      handle: async ({ values }) => {
        if (await ended(values.token)) {
          return page(
            "The messages have ended",
            "<p>Nothing more is sent to your address. You can close this page.</p>",
          );
        }
        throw new RequestProblem(
          "not_found",
          "no address has this link: its messages have ended already, or it was changed",
        );
      },
    }),
  ];
}

function page(title: string, body: string): WholeAnswer {
  const text = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>${title}</title></head><body><main><h1>${title}</h1>${body}</main></body></html>`;
  return { status: 200, headers: new Headers(HEADERS), body: text, bytes: Buffer.byteLength(text) };
}
