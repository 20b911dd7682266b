import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import packageFile from "../../package.json" with { type: "json" };
import { countOf, InvalidInput, MARKET_SOURCES, type MarketId, type MarketSource } from "../core/mod.ts";
import { mailFault, readSmtpUrl } from "../deliveries/mod.ts";
import {
  CHECK_NAMES,
  CHECKS,
  type CheckName,
  type ExchangesBeside,
  examine,
  type Finding,
  fireTestAlert,
  isThisMachine,
  USUAL_CHECKS,
} from "../doctor/mod.ts";
import { readAddress } from "./address.ts";
import { systemClock } from "./clock.ts";
import { programCommit } from "./commit.ts";
import { exchangesBeside } from "./exchanges-beside.ts";
import { named } from "./flag-error.ts";
import { perMarket } from "./per-market.ts";
import { origins } from "./setting-values.ts";

const SOURCES: readonly MarketSource[] = MARKET_SOURCES;

/** How a state is shown in front of its line. */
const MARKS: Readonly<Record<Finding["state"], string>> = { good: "✓", wrong: "✗", warning: "!", skipped: "–" };

interface DoctorFlags {
  readonly url?: string;
  readonly functionsUrl?: string;
  readonly origin?: string;
  readonly source?: string;
  readonly public?: true;
  readonly ca?: string;
  readonly smtpUrl?: string;
  readonly only?: string;
  readonly json?: true;
  readonly compareExchange?: string | true;
  readonly fireTestAlert?: string;
}

/** `vyx doctor`: checks a deployment from outside. The exit code is 0 if checks were run and found no problem, otherwise 1. */
export function doctorCommand(program: Command): void {
  const checks = Object.entries(CHECKS).map(([name, { says }]) => `  ${name.padEnd(12)}${says}`);
  program
    .command("doctor")
    .description(
      "Check a deployment from outside, as its users reach it. Each finding names the problem and the expected state.\n" +
        "It only reads. The exit code is 0 if checks were run and found no problem, otherwise 1. A warning is not a problem yet.",
    )
    .addOption(new Option("--url <URL>", "the server's URL, for example https://vyx.example.org").env("VYX_URL"))
    .addOption(
      new Option("--functions-url <URL>", "the functions' URL, for example https://PROJECT.supabase.co/functions/v1"),
    )
    .addOption(new Option("--origin <LIST>", "web origins that the server must allow, or * (default: none)"))
    .addOption(
      new Option(
        "--source <NAME>",
        `the expected source: ${SOURCES.join(", ")} (default: the exchange of each market)`,
      ),
    )
    .addOption(new Option("--public", "treat a loopback address as public, for example behind a tunnel"))
    .addOption(new Option("--ca <FILE>", "PEM file of additional certificate authorities to trust"))
    .addOption(
      new Option("--smtp-url <URL>", "the server's mail server, to connect and log in to; nothing is sent").env(
        "VYX_SMTP_URL",
      ),
    )
    .addOption(new Option("--only <LIST>", "run only these checks"))
    .addOption(
      new Option(
        "--compare-exchange [ADDRESSES]",
        "also compare closed klines with the exchange's own, which spends some of this address's request budget there; " +
          "MARKET=URL, or several joined by ;, for stand-ins",
      ),
    )
    .addOption(new Option("--json", "as JSON"))
    .addOption(
      new Option(
        "--fire-test-alert <URL>",
        "only send a test alert to the Alertmanager at this URL, and say who is notified",
      ).conflicts(["functionsUrl", "origin", "source", "public", "only", "compareExchange"]),
    )
    .addHelpText(
      "after",
      `\nKeys are read from VYX_API_KEY (the server's) and VYX_SERVICE_KEY (the functions').\n\nChecks:\n${checks.join("\n")}`,
    )
    .action(async (flags: DoctorFlags) => {
      if (flags.fireTestAlert !== undefined) {
        await sendTestAlert(flags.fireTestAlert, flags.json === true);
        return;
      }
      const url = named("url", () => address(flags.url));
      const findings = await examine(
        {
          url,
          apiKey: process.env.VYX_API_KEY || undefined,
          functionsUrl:
            flags.functionsUrl === undefined ? undefined : named("functions-url", () => address(flags.functionsUrl)),
          serviceKey: process.env.VYX_SERVICE_KEY || undefined,
          origins: named("origin", () => origins(flags.origin ?? "")),
          source: flags.source === undefined ? undefined : named("source", () => source(flags.source ?? "")),
          isPublic: flags.public === true || !isThisMachine(url),
          authorities: flags.ca === undefined ? undefined : named("ca", () => text(flags.ca ?? "")),
          clock: systemClock,
          mailFault: flags.smtpUrl === undefined ? undefined : named("smtp-url", () => mailLook(flags.smtpUrl ?? "")),
          exchanges: named("compare-exchange", () => exchanges(flags)),
          build: { version: packageFile.version, commit: programCommit() },
        },
        named("only", () => checksOf(flags)),
      );
      // Without a single check nothing is known of the deployment.
      const ok = findings.some(({ state }) => state !== "skipped") && findings.every(({ state }) => state !== "wrong");
      if (flags.json === true) console.log(JSON.stringify({ url: url.href, ok, findings }, null, 2));
      else tell(findings);
      process.exitCode = ok ? 0 : 1;
    });
}

/** The checks that were asked for by name, or the usual ones; with the exchanges' own klines where that is wanted. */
function checksOf({ only, compareExchange }: DoctorFlags): readonly CheckName[] {
  const names = only === undefined ? USUAL_CHECKS : checkNames(only);
  return compareExchange === undefined ? names : CHECK_NAMES.filter((one) => one === "exchange" || names.includes(one));
}

/** The exchanges to ask; undefined where that isn't asked for. */
function exchanges({ only, compareExchange }: DoctorFlags): ExchangesBeside | undefined {
  if (compareExchange === undefined && only?.includes("exchange") !== true) return undefined;
  const addresses = new Map<MarketId, string>();
  if (typeof compareExchange === "string") {
    const told = perMarket(compareExchange, (text) => readAddress(text, ["https:", "http:"]));
    if (told.bare !== undefined) throw new InvalidInput(`"${told.bare}" names no market: expected MARKET=URL`);
    for (const market of told.markets) addresses.set(market, told.of(market, market) ?? "");
  }
  return exchangesBeside(addresses, fetch);
}

function mailLook(url: string): () => Promise<string | undefined> {
  const server = readSmtpUrl(url);
  return () => mailFault(server);
}

async function sendTestAlert(text: string, asJson: boolean): Promise<void> {
  const url = named("fire-test-alert", () => address(text));
  const outcome = await fireTestAlert(url, systemClock);
  const ok = outcome.state === "good";
  if (asJson) console.log(JSON.stringify({ url: url.href, ok, ...outcome }, null, 2));
  else {
    console.log(`${MARKS[outcome.state]} ${outcome.found}`);
    if (outcome.state === "wrong") console.log(`  expected ${outcome.expected}`);
  }
  process.exitCode = ok ? 0 : 1;
}

function tell(findings: readonly Finding[]): void {
  for (const finding of findings) {
    console.log(`${MARKS[finding.state]} ${finding.check.padEnd(12)}${finding.found}`);
    if (finding.state === "wrong" || finding.state === "warning")
      console.log(`${" ".repeat(14)}expected ${finding.expected}`);
  }
  const number = (wanted: Finding["state"]): number => findings.filter(({ state }) => state === wanted).length;
  const [wrong, warnings, skipped] = [number("wrong"), number("warning"), number("skipped")];
  if (skipped === findings.length) {
    console.log(`\nno check was run: ${skipped} skipped, for the reasons above`);
    return;
  }
  const problems = wrong === 0 ? "no problems" : countOf(wrong, "problem");
  const looked = `${countOf(findings.length - skipped, "check")} run${skipped === 0 ? "" : `, ${skipped} skipped`}`;
  console.log(`\n${problems}${warnings === 0 ? "" : `, ${countOf(warnings, "warning")}`}: ${looked}`);
}

function address(text: string | undefined): URL {
  if (text === undefined) throw new InvalidInput("it is missing: expected https://… or http://…");
  return new URL(readAddress(text, ["https:", "http:"]));
}

function source(text: string): MarketSource {
  const found = SOURCES.find((name) => name === text);
  if (found !== undefined) return found;
  throw new InvalidInput(`"${text}" is not a source: expected ${SOURCES.join(", ")}`);
}

function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new InvalidInput(`${path} can't be read: expected a file of certificates in PEM`, { cause });
  }
}

function checkNames(text: string): CheckName[] {
  return text.split(",").map((name) => {
    const found = CHECK_NAMES.find((one) => one === name.trim());
    if (found !== undefined) return found;
    throw new InvalidInput(`"${name}" is not a check: expected some of ${CHECK_NAMES.join(", ")}`);
  });
}
