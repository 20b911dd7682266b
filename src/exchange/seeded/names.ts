/** Base assets of real pairs, in the order of their markets' size, the first with a price in US dollars (rounded, 2026). */
const PRICED: Readonly<Record<string, number>> = {
  BTC: 97_000,
  ETH: 3_400,
  SOL: 190,
  XRP: 2.4,
  BNB: 690,
  DOGE: 0.33,
  ADA: 0.95,
  AVAX: 38,
  LINK: 23,
  SUI: 4.1,
  LTC: 105,
  DOT: 7.1,
  TRX: 0.25,
  NEAR: 5.2,
  PEPE: 0.000018,
  SHIB: 0.000022,
  UNI: 13,
  APT: 9.1,
  FIL: 5.1,
  ARB: 0.75,
  OP: 1.9,
  INJ: 22,
  ATOM: 6.6,
  ETC: 26,
  AAVE: 310,
  XLM: 0.41,
  HBAR: 0.29,
  ICP: 10.5,
  RENDER: 7.4,
  SEI: 0.43,
  ALGO: 0.35,
  TIA: 5.1,
  FET: 1.4,
  WIF: 1.8,
  BONK: 0.00003,
  GRT: 0.21,
  LDO: 1.8,
  STX: 1.6,
  IMX: 1.3,
  ENA: 0.95,
  JUP: 0.86,
  ONDO: 1.3,
  TON: 5.4,
  BCH: 450,
  CRV: 0.9,
  RUNE: 4.5,
  SAND: 0.57,
  MANA: 0.49,
  AXS: 6.1,
  GALA: 0.034,
};

/** More base assets, whose prices are made up. */
const OTHERS =
  "THETA VET EGLD FLOW XTZ EOS KAVA CHZ NEO IOTA ZEC DASH COMP SNX MKR YFI SUSHI 1INCH ENJ BAT ZRX KNC BAND LRC STORJ ANKR COTI CELR " +
  "OGN CTSI SKL CHR ALICE TLM DYDX ENS GMT APE GAL LQTY HIGH MAGIC HOOK ID EDU RDNT WLD CYBER ARKM SSV PENDLE MAV BLUR JTO PYTH ORDI " +
  "SATS RATS ACE NFP AI XAI MANTA ALT STRK DYM PIXEL PORTAL AXL ETHFI AEVO BOME W TNSR SAGA OMNI REZ BB NOT IO ZK LISTA ZRO BANANA " +
  "DOGS NEIRO TURBO CATI HMSTR EIGEN SCR LUMIA KAIA COW CETUS PNUT ACT THE ACX ORCA MOVE ME USUAL VANA BIO PENGU HIVE POLYX " +
  "CKB CFX QNT ROSE MINA KSM WAVES ZIL ONE ICX QTUM ONT IOST RVN SC DGB XEM LSK STEEM ARDR POWR REQ RLC NMR OXT PERP BNT UMA BAL " +
  "RSR AUDIO MASK ILV YGG SUPER PEOPLE SPELL JASMY JOE ACH VOXEL GLMR ASTR API3 T LOKA WOO BICO FXS CVX GNS SYN POND PHA DODO " +
  "BEL WING FLM ALPHA TWT REEF UTK HARD DIA FOR BURGER SFP DEGO PYR TKO BAR ATA FIS CLV QI AGLD RAD FARM DF FIDA FRONT MDT C98 " +
  "币安人生 KDA LEVER STG NEXO OSMO RPL PROM GHST VIC WAXP XNO ARPA DENT HOT WIN MBL TFUEL NKN DUSK TROY VITE MTL DATA CTXC BEAM GTC";

const QUOTES: readonly { asset: string; dollars: number; share: number }[] = [
  { asset: "USDT", dollars: 1, share: 1 },
  { asset: "USDC", dollars: 1, share: 0.15 },
  { asset: "FDUSD", dollars: 1, share: 0.1 },
  { asset: "BTC", dollars: 97_000, share: 0.03 },
];

/** A pair before it has a market: what it costs, in its quote asset, and which place it takes by size, from 1. */
export interface NamedPair {
  readonly base: string;
  readonly quote: string;
  /** Undefined where the price is to be made up. */
  readonly price: number | undefined;
  readonly dollarsPerQuote: number;
  readonly rank: number;
  /** How much of the base asset's trading happens here, from 0 to 1. */
  readonly share: number;
}

/** The first `count` pairs, against USDT first, as many as there are names for. */
export function namedPairs(count: number): NamedPair[] {
  const bases = [...Object.keys(PRICED), ...OTHERS.split(" ")];
  const pairs = QUOTES.flatMap(({ asset, dollars, share }) =>
    bases
      .filter((base) => base !== asset)
      .map((base, index) => {
        const price = PRICED[base];
        return {
          base,
          quote: asset,
          price: price === undefined ? undefined : price / dollars,
          dollarsPerQuote: dollars,
          rank: index + 1,
          share,
        };
      }),
  );
  return pairs.slice(0, count);
}
