import { connect, type PeerCertificate, rootCertificates } from "node:tls";
import { good, type Outcome, skipped, spanInWords, wrong } from "../finding.ts";
import { type Visit, wordsOf } from "../visit.ts";

/** A certificate should have been renewed when it has less left than this, in milliseconds. */
const RENEWED_BEFORE_MS = 14 * 86_400_000;

/** A handshake that takes longer, in milliseconds, is none. */
const HANDSHAKE_WITHIN_MS = 8_000;

/** Whether nobody on the way can read along, and the certificate is good and stays so for a while. */
export async function tls(visit: Visit): Promise<Outcome> {
  const { url, isPublic, authorities, clock } = visit.deployment;
  if (url.protocol === "http:") {
    if (!isPublic) return skipped("plain http, on this machine only");
    return wrong(
      `${url.origin} uses plain http: others can read keys and answers in transit`,
      `https://${url.hostname}: put a TLS proxy in front, such as deploy/caddy or Fly's`,
    );
  }
  const outcome = await handshake(url, authorities);
  if ("unreachable" in outcome) return skipped(`no connection: ${outcome.unreachable}`);
  const { problem, certificate } = outcome;
  if (problem !== undefined) {
    return wrong(
      `the certificate of ${url.host} is not valid: ${problem}`,
      `a certificate for ${url.hostname} from a trusted authority`,
    );
  }
  const left = Date.parse(certificate.valid_to) - clock.now();
  if (left < RENEWED_BEFORE_MS) {
    return wrong(
      `the certificate of ${url.host} expires in ${spanInWords(left)}`,
      "renewal two weeks before the expiry: check the program that renews it",
    );
  }
  return good(`the certificate of ${url.host} is valid for ${spanInWords(left)}`);
}

type Handshake =
  | { readonly problem: string | undefined; readonly certificate: PeerCertificate }
  | { readonly unreachable: string };

async function handshake(url: URL, authorities: string | undefined): Promise<Handshake> {
  return await new Promise((resolve, reject) => {
    const socket = connect({
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: Number(url.port || 443),
      servername: url.hostname,
      // We want to say what is wrong with it, so it mustn't end the handshake.
      rejectUnauthorized: false,
      ...(authorities === undefined ? {} : { ca: [...rootCertificates, authorities] }),
    });
    const late = setTimeout(() => socket.destroy(new Error("no handshake within 8 s")), HANDSHAKE_WITHIN_MS);
    socket.once("secureConnect", () => {
      const certificate = socket.getPeerCertificate();
      const problem = socket.authorized ? undefined : wordsOf(socket.authorizationError);
      clearTimeout(late);
      socket.destroy();
      resolve({ problem, certificate });
    });
    socket.once("error", (cause) => {
      clearTimeout(late);
      if (isUnreachable(cause)) resolve({ unreachable: wordsOf(cause) });
      else reject(new Error(`${url.host} doesn't speak TLS: ${wordsOf(cause)}`));
    });
  });
}

/** Network errors, which the check `answers` reports. */
function isUnreachable(cause: Error): boolean {
  return (
    "code" in cause &&
    /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|DNS_)/.test(String(cause.code))
  );
}
