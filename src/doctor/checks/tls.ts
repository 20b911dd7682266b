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
    if (!isPublic) return skipped("plain http, which doesn't leave this machine");
    return wrong(
      `${url.origin} is plain http: keys and answers can be read on the way`,
      `https://${url.hostname}: a proxy with a certificate in front, such as deploy/caddy or Fly's`,
    );
  }
  const outcome = await handshake(url, authorities);
  if ("unreachable" in outcome) return skipped(`there is no connection to look at: ${outcome.unreachable}`);
  const { problem, certificate } = outcome;
  if (problem !== undefined) {
    return wrong(
      `the certificate of ${url.host} isn't good: ${problem}`,
      `one for ${url.hostname} from an authority that is trusted`,
    );
  }
  const left = Date.parse(certificate.valid_to) - clock.now();
  if (left < RENEWED_BEFORE_MS) {
    return wrong(
      `the certificate of ${url.host} ends in ${spanInWords(left)}`,
      "one that is renewed two weeks before: look at what renews it",
    );
  }
  return good(`the certificate of ${url.host} is good for ${spanInWords(left)}`);
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

/** The network's trouble, which is told where an answer is looked for. */
function isUnreachable(cause: Error): boolean {
  return (
    "code" in cause &&
    /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|DNS_)/.test(String(cause.code))
  );
}
