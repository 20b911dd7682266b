import { InvalidInput, MARKET_NAMES } from "../core/mod.ts";
import { SETTINGS } from "./config.ts";
import { followedAddress } from "./followed-address.ts";
import { firstMarket, withoutUser } from "./market-settings.ts";
import { type SettingsInForce, settingPlace } from "./read-settings.ts";
import type { SettingName } from "./settings.ts";

/** Settings that a recording leaves without effect. */
const UNUSED_WITH_REPLAY: readonly SettingName[] = ["exchangeRest", "exchangeWs", "exchangeSpeed", "quote"];

/** Settings that name another place than an upstream for the market to come from. */
const NOT_WITH_UPSTREAM: readonly SettingName[] = ["exchangeRest", "exchangeWs", "replay"];

/** Settings of nodes of a cluster. */
const CLUSTER_ONLY: readonly SettingName[] = [
  "nats",
  "natsCredentials",
  "natsToken",
  "natsCa",
  "nodeName",
  "peerUrl",
  "peerKey",
];

/**
 * Checks settings that are right one by one against each other. Throws InvalidInput for flags that contradict each other. A
 * variable that has no effect may be meant for other runs, so it only causes a warning.
 */
export function checkTogether({ settings, texts }: SettingsInForce, warn: (message: string) => void): void {
  const isSet = (name: SettingName): boolean => texts[name].origin !== "default";
  const nameOf = (name: SettingName): string => settingPlace(SETTINGS[name].flag, texts[name].origin);
  const unused = (name: SettingName, why: string): void => {
    if (!isSet(name)) return;
    if (texts[name].origin === "flag") throw new InvalidInput(`${nameOf(name)} has no effect ${why}`);
    warn(`${nameOf(name)} is ignored: it has no effect ${why}`);
  };
  refuseTwoRoles(settings, isSet, nameOf);
  if (settings.role === "ingest" || settings.role === "serve") refuseHalfACluster(settings, isSet, nameOf);
  else {
    const isOfCluster = "without --role ingest or serve: it is of a cluster";
    for (const name of CLUSTER_ONLY) unused(name, isOfCluster);
  }
  if (followedAddress(settings) !== undefined) return;
  if (settings.replay === undefined) {
    unused("replaySpeed", "without --replay: expected --replay FILE, too");
    refuseHalfAnExchange(settings, nameOf);
    refuseSpeedOfRealExchange(settings, nameOf);
    return;
  }
  const playsBack = "with --replay: the recording stands in for the exchange";
  for (const name of UNUSED_WITH_REPLAY) unused(name, playsBack);
  if (settings.markets.length > 1) {
    throw new InvalidInput(
      `${nameOf("markets")}: a recording is of one market, and ${settings.markets.join(",")} are several: expected one of them`,
    );
  }
  const first = firstMarket(settings);
  if (isSet("symbols") && settings.symbols.of(first, first)?.kind === "top") {
    throw new InvalidInput(
      `${nameOf("symbols")}: a recording has no volumes to choose ${texts.symbols.text} by: expected a list such as BTCUSDT,ETHUSDT, or *`,
    );
  }
}

/** A server follows exchanges, a recording or another server. */
function refuseTwoRoles(
  { role, upstream }: SettingsInForce["settings"],
  isSet: (name: SettingName) => boolean,
  nameOf: (name: SettingName) => string,
): void {
  if (role === "follow" && upstream === undefined) {
    throw new InvalidInput(`${nameOf("role")} is follow, but nothing says whom: expected --upstream URL, too`);
  }
  if (upstream === undefined) return;
  if (role !== undefined && role !== "follow") {
    throw new InvalidInput(`${nameOf("role")} is ${role}, but ${nameOf("upstream")} is set: expected one of them`);
  }
  const other = NOT_WITH_UPSTREAM.find(isSet);
  if (other === undefined) return;
  throw new InvalidInput(
    `${nameOf(other)} and ${nameOf("upstream")} are both set, and each says where the market comes from: expected one of them`,
  );
}

/** A node of a cluster needs NATS, and an address that its peers can ask. */
function refuseHalfACluster(
  { role, nats, peerUrl, host }: SettingsInForce["settings"],
  isSet: (name: SettingName) => boolean,
  nameOf: (name: SettingName) => string,
): void {
  if (nats === undefined) {
    throw new InvalidInput(`${nameOf("role")} is ${role}, but nothing says where NATS is: expected --nats URLS, too`);
  }
  const other = (role === "serve" ? NOT_WITH_UPSTREAM : (["replay"] as const)).find(isSet);
  if (other !== undefined) {
    throw new InvalidInput(
      role === "serve"
        ? `${nameOf(other)} and ${nameOf("role")} serve each say where the market comes from: expected one of them`
        : `${nameOf(other)}: a recording has no history to share, so an ingest node can't play one`,
    );
  }
  if (peerUrl === undefined && ["0.0.0.0", "::"].includes(host)) {
    throw new InvalidInput(
      `${nameOf("host")} is ${host}, which is no address that other nodes can ask: expected --peer-url http://…, too`,
    );
  }
}

/** The speed is that of all markets. */
function refuseSpeedOfRealExchange(settings: SettingsInForce["settings"], nameOf: (name: SettingName) => string): void {
  const first = firstMarket(settings);
  const real = settings.markets.find((market) => settings.exchangeRest.of(market, first) === undefined);
  if (settings.exchangeSpeed === 1 || real === undefined) return;
  const of = settings.markets.length === 1 ? "" : ` for ${MARKET_NAMES[real]}`;
  throw new InvalidInput(
    `${nameOf("exchangeSpeed")} is ${settings.exchangeSpeed}, but the real exchange's clock runs as fast as ours: expected --exchange-rest and --exchange-ws of a stand-in${of}, too`,
  );
}

/** One address of the two would take streams from one exchange, and history from another. */
function refuseHalfAnExchange(settings: SettingsInForce["settings"], nameOf: (name: SettingName) => string): void {
  const first = firstMarket(settings);
  for (const market of settings.markets) {
    const rest = settings.exchangeRest.of(market, first);
    const streams = settings.exchangeWs.of(market, first);
    if ((rest === undefined) === (streams === undefined)) continue;
    const [given, missing, example] =
      rest !== undefined
        ? (["exchangeRest", "exchangeWs", rest.replace(/^http/, "ws")] as const)
        : (["exchangeWs", "exchangeRest", streams?.replace(/^ws/, "http") ?? ""] as const);
    const of = market === first ? "" : `${market}=`;
    throw new InvalidInput(
      `${nameOf(given)} is set without --${SETTINGS[missing].flag}: streams and history would come from two exchanges. ` +
        `Expected both or neither, for example --${SETTINGS[missing].flag} ${of}${withoutUser(example)} if one host serves both`,
    );
  }
}
