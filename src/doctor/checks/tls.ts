import { isIP } from "node:net";
import { connect, type PeerCertificate, rootCertificates } from "node:tls";
import { good, momentInWords, type Outcome, skipped, spanInWords, warning, wrong } from "../finding.ts";
import { type Visit, wordsOf } from "../visit.ts";
import { whereItRuns } from "../where-it-runs.ts";

/**
 * A certificate should have been renewed when it has less left than this share of its lifetime, or than so many milliseconds where that
 * is less. Caddy and certbot renew when a third is left, whether that lives for twelve hours or for ninety days.
 */
const RENEWED_BEFORE_SHARE = 1 / 6;
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
  if ("refused" in outcome) {
    const what = isIP(hostOf(url)) === 0 ? "doesn't speak TLS" : "refuses a TLS connection that names no host";
    return wrong(`${url.host} ${what}: ${outcome.refused}`, `a server that speaks TLS there${nameOf(url)}`);
  }
  const { problem, certificate } = outcome;
  const [from, to] = [Date.parse(certificate.valid_from), Date.parse(certificate.valid_to)];
  const now = clock.now();
  const of = `the certificate of ${url.host}`;
  if (problem !== undefined) {
    if (/expired/i.test(problem) && to < now) {
      return wrong(
        `${of} expired on ${momentInWords(to)}, ${spanInWords(now - to)} ago`,
        `a certificate that is renewed before it expires: ${renewalOf(url)}`,
      );
    }
    const dates = Number.isNaN(to) ? "" : ` (valid from ${momentInWords(from)} to ${momentInWords(to)})`;
    return wrong(
      `${of} is not valid: ${problemInWords(problem, certificate)}${dates}`,
      `a certificate for ${url.hostname} from a trusted authority${nameOf(url) || `: ${orderOf(url)}`}`,
    );
  }
  const left = to - now;
  const when = `on ${momentInWords(to)}, in ${spanInWords(left)}`;
  const renewedBefore = Math.min(RENEWED_BEFORE_MS, (to - from) * RENEWED_BEFORE_SHARE);
  if (left < renewedBefore) {
    return warning(
      `${of} expires ${when}`,
      `renewal ${spanInWords(renewedBefore)} before the expiry: ${renewalOf(url)}`,
    );
  }
  return good(`${of} expires ${when}`);
}

/** What OpenSSL says of an authority that it doesn't know. */
const UNKNOWN_AUTHORITY =
  /^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT)$/;

/** OpenSSL's name of a problem, with its meaning if it is one of the usual ones. */
function problemInWords(problem: string, { subjectaltname, issuer }: PeerCertificate): string {
  if (problem === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return `it is for ${subjectaltname?.replaceAll(/(DNS|IP Address):/g, "") ?? "no name"} (${problem})`;
  }
  if (!UNKNOWN_AUTHORITY.test(problem)) return problem;
  return `its authority${issuer?.CN === undefined ? "" : `, ${issuer.CN},`} isn't trusted by this machine: pass it with --ca, or get one that is (${problem})`;
}

/** Where to see why a certificate isn't renewed. */
function renewalOf(url: URL): string {
  return `see ${whereItRuns(url, {
    systemd: "`systemctl list-timers` and the proxy's log",
    compose: "`docker compose logs caddy`",
    fly: `\`fly certs check ${url.hostname}\``,
  })}`;
}

/** How to get a certificate for the name. */
function orderOf(url: URL): string {
  return whereItRuns(url, {
    systemd: "the proxy's setting of its host name",
    compose: `VYX_SITE=${url.hostname} in \`.env\``,
    fly: `\`fly certs add ${url.hostname}\``,
  });
}

/** A hint for a URL without a host name: certificates of IP addresses are rare, and a proxy chooses its certificate by the name. */
function nameOf(url: URL): string {
  return isIP(hostOf(url)) === 0
    ? ""
    : "; use the server's host name in --url, as its users do, in place of an IP address";
}

/** Without the brackets of an IPv6 address. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

type Handshake =
  | { readonly problem: string | undefined; readonly certificate: PeerCertificate }
  | { readonly unreachable: string }
  | { readonly refused: string };

async function handshake(url: URL, authorities: string | undefined): Promise<Handshake> {
  const host = hostOf(url);
  return await new Promise((resolve) => {
    const socket = connect({
      host,
      port: Number(url.port || 443),
      // TLS has no way to ask for an IP address by name (RFC 6066, section 3).
      ...(isIP(host) === 0 ? { servername: host } : {}),
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
      resolve(isUnreachable(cause) ? { unreachable: wordsOf(cause) } : { refused: alertIn(wordsOf(cause)) });
    });
  });
}

/** What OpenSSL says, without where in it that was found. */
function alertIn(words: string): string {
  return /^error:\w+:SSL routines:\w+:(.+)/.exec(words)?.[1]?.toLowerCase().replaceAll("_", " ") ?? words;
}

/** Network errors, which the check `answers` reports. */
function isUnreachable(cause: Error): boolean {
  return (
    "code" in cause &&
    /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|DNS_)/.test(String(cause.code))
  );
}
