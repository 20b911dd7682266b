import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

/** An e-mail that the stand-in took. */
export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  /** By name in lower case, unfolded and decoded. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

/** An SMTP status and its text, in place of 250. */
export interface SmtpRefusal {
  readonly status: number;
  readonly text: string;
}

/** A mail server on loopback that keeps what it takes, and refuses as it is told. It offers STARTTLS with a certificate that nobody trusts. */
export class SmtpStandIn {
  readonly mails: TakenMail[] = [];
  /** What it answers to a recipient, to a message, and to a login. */
  refuses: { recipient?: SmtpRefusal | undefined; message?: SmtpRefusal | undefined; login?: SmtpRefusal | undefined } =
    {};
  /** While set, it takes a recipient's name and says nothing until this is settled. */
  hangs: Promise<void> | undefined;
  /** Recipients that it was told, also of mails that it refused. */
  readonly asked: string[] = [];
  readonly #server: SMTPServer;

  private constructor(server: SMTPServer) {
    this.#server = server;
  }

  /** Listens on a free port. `user` and `password` are what it lets log in; nobody has to unless `needsLogin`. */
  static async start({ needsLogin = false, offersTls = true } = {}): Promise<SmtpStandIn> {
    const server: SMTPServer = new SMTPServer({
      ...{ authOptional: !needsLogin, disabledCommands: offersTls ? [] : ["STARTTLS"], allowInsecureAuth: true },
      onAuth: ({ username, password }, _session, answer) => {
        const isRight = username === "vyx" && password === "pass word" && one.refuses.login === undefined;
        if (isRight) answer(null, { user: username });
        else answer(refusalOf(one.refuses.login ?? { status: 535, text: "5.7.8 authentication failed" }));
      },
      onRcptTo: ({ address }, _session, answer) => {
        one.asked.push(address);
        const { recipient } = one.refuses;
        void Promise.resolve(one.hangs).then(() => answer(recipient === undefined ? null : refusalOf(recipient)));
      },
      onData: (stream, { envelope }, answer) => {
        const pieces: Buffer[] = [];
        stream.on("data", (piece: Buffer) => pieces.push(piece));
        stream.on("end", () => {
          const { message } = one.refuses;
          if (message !== undefined) return answer(refusalOf(message));
          const from = envelope.mailFrom === false ? "" : (envelope.mailFrom?.address ?? "");
          one.mails.push({
            from,
            to: envelope.rcptTo.map(({ address }) => address),
            ...parsed(Buffer.concat(pieces).toString()),
          });
          answer(null, "2.0.0 queued as 1");
        });
      },
    });
    const one: SmtpStandIn = new SmtpStandIn(server);
    // A client that goes away in the middle is no fault of a test.
    server.on("error", () => {});
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    return one;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

function refusalOf({ status, text }: SmtpRefusal): Error {
  return Object.assign(new Error(text), { responseCode: status });
}

function parsed(raw: string): { headers: Map<string, string>; text: string } {
  const end = raw.indexOf("\r\n\r\n");
  const headers = new Map<string, string>();
  for (const line of raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, " ")
    .split("\r\n")) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon).toLowerCase(), decodedWords(line.slice(colon + 1).trim()));
  }
  const body = raw.slice(end + 4).replaceAll("\r\n", "\n");
  const encoding = headers.get("content-transfer-encoding");
  const text =
    encoding === "base64"
      ? Buffer.from(body, "base64").toString()
      : encoding === "quoted-printable"
        ? quotedPrintable(body.replace(/=\n/g, ""))
        : body;
  return { headers, text };
}

/** RFC 2047. */
function decodedWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, "?==?")
    .replace(/=\?utf-8\?([qb])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
      kind.toLowerCase() === "b" ? Buffer.from(word, "base64").toString() : quotedPrintable(word.replaceAll("_", " ")),
    );
}

function quotedPrintable(text: string): string {
  const bytes = text.replace(/=([\dA-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}
