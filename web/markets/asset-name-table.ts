/**
 * Names of well-known assets: a ticker and the name that its project uses, one asset a line. Exchanges' lists of symbols have tickers
 * only. An asset that isn't here has no name on the page.
 */
export const ASSET_NAMES = `
1INCH 1inch
A Vaulta
AAVE Aave
ACA Acala
ACE Fusionist
ACH Alchemy Pay
ACT Act I: The AI Prophecy
ADA Cardano
AEVO Aevo
AGLD Adventure Gold
AI Sleepless AI
AIXBT aixbt
ALGO Algorand
ALICE My Neighbor Alice
ALPHA Stella
ALT AltLayer
AMP Amp
ANKR Ankr
APE ApeCoin
API3 API3
APT Aptos
AR Arweave
ARB Arbitrum
ARK Ark
ARKM Arkham
ARPA ARPA
ASTER Aster
ASTR Astar
ATOM Cosmos
AUCTION Bounce
AUDIO Audius
AVAX Avalanche
AVNT Avantis
AXL Axelar
AXS Axie Infinity
BABY Babylon
BABYDOGE Baby Doge Coin
BADGER Badger DAO
BAL Balancer
BANANA Banana Gun
BANANAS31 Banana For Scale
BAND Band Protocol
BAT Basic Attention Token
BB BounceBit
BCH Bitcoin Cash
BEAM Beam
BEL Bella Protocol
BERA Berachain
BICO Biconomy
BIGTIME Big Time
BIO Bio Protocol
BLUR Blur
BNB BNB
BNT Bancor
BOME Book of Meme
BONK Bonk
BRETT Brett
BSV Bitcoin SV
BTC Bitcoin
BTTC BitTorrent
C98 Coin98
CAKE PancakeSwap
CAT Simon's Cat
CATI Catizen
CELO Celo
CELR Celer Network
CETUS Cetus Protocol
CFX Conflux
CHEEMS Cheems
CHR Chromia
CHZ Chiliz
CKB Nervos Network
COMP Compound
COOKIE Cookie DAO
COTI COTI
COW CoW Protocol
CRO Cronos
CRV Curve DAO
CTSI Cartesi
CTXC Cortex
CVC Civic
CVX Convex Finance
CYBER Cyber
DAI Dai
DASH Dash
DATA Streamr
DCR Decred
DENT Dent
DEXE DeXe
DGB DigiByte
DIA DIA
DODO DODO
DOGE Dogecoin
DOGS Dogs
DOT Polkadot
DUSK Dusk
DYDX dYdX
DYM Dymension
EDU Open Campus
EGLD MultiversX
EIGEN EigenLayer
ELF aelf
ENA Ethena
ENJ Enjin Coin
ENS Ethereum Name Service
EOS EOS
ETC Ethereum Classic
ETH Ethereum
ETHFI ether.fi
ETHW EthereumPoW
EUR Euro
EURC Euro Coin
FARTCOIN Fartcoin
FDUSD First Digital USD
FET Artificial Superintelligence Alliance
FIDA Bonfida
FIL Filecoin
FLOKI Floki
FLOW Flow
FLUX Flux
FORM Four
FORTH Ampleforth Governance
FRAX Frax
FTM Fantom
FTT FTX Token
FUN FUNToken
FXS Frax Share
G Gravity
GALA Gala
GAS Gas
GHST Aavegotchi
GLM Golem
GLMR Moonbeam
GMT STEPN
GMX GMX
GNO Gnosis
GNS Gains Network
GOAT Goatseus Maximus
GRASS Grass
GRT The Graph
GTC Gitcoin
HBAR Hedera
HFT Hashflow
HIGH Highstreet
HIVE Hive
HMSTR Hamster Kombat
HNT Helium
HOOK Hooked Protocol
HOT Holo
HYPE Hyperliquid
HYPER Hyperlane
ICP Internet Computer
ICX ICON
ID Space ID
ILV Illuvium
IMX Immutable
INIT Initia
INJ Injective
IO io.net
IOST IOST
IOTA IOTA
IOTX IoTeX
IP Story
JASMY JasmyCoin
JOE LFJ
JST JUST
JTO Jito
JUP Jupiter
KAIA Kaia
KAITO Kaito
KAS Kaspa
KAVA Kava
KDA Kadena
KNC Kyber Network
KSM Kusama
LAYER Solayer
LDO Lido DAO
LEVER LeverFi
LINEA Linea
LINK Chainlink
LISTA Lista DAO
LPT Livepeer
LQTY Liquity
LRC Loopring
LSK Lisk
LTC Litecoin
LUNA Terra
LUNA2 Terra
LUNC Terra Classic
MAGIC Treasure
MANA Decentraland
MANTA Manta Network
MASK Mask Network
MATIC Polygon
MAV Maverick Protocol
MBL MovieBloc
ME Magic Eden
MELANIA Melania Meme
MEME Memecoin
METIS Metis
MINA Mina
MKR Maker
MNT Mantle
MOG Mog Coin
MOODENG Moo Deng
MORPHO Morpho
MOVE Movement
MTL Metal DAO
NEAR NEAR Protocol
NEIRO Neiro
NEO Neo
NEXO Nexo
NFP NFPrompt
NIL Nillion
NKN NKN
NMR Numeraire
NOT Notcoin
NTRN Neutron
OG OG Fan Token
OGN Origin Protocol
OM MANTRA
OMNI Omni Network
ONDO Ondo
ONE Harmony
ONG Ontology Gas
ONT Ontology
OP Optimism
ORCA Orca
ORDI ORDI
OSMO Osmosis
PAXG PAX Gold
PENDLE Pendle
PENGU Pudgy Penguins
PEOPLE ConstitutionDAO
PEPE Pepe
PERP Perpetual Protocol
PHA Phala Network
PIXEL Pixels
PLUME Plume
PNUT Peanut the Squirrel
POL Polygon
POLYX Polymesh
POPCAT Popcat
PORTAL Portal
POWR Powerledger
PROM Prom
PROVE Succinct
PUMP Pump.fun
PYTH Pyth Network
PYUSD PayPal USD
QNT Quant
QTUM Qtum
RARE SuperRare
RAY Raydium
RDNT Radiant Capital
RED RedStone
RENDER Render
REQ Request
REZ Renzo
RIF Rootstock Infrastructure Framework
RLC iExec RLC
RNDR Render
RONIN Ronin
ROSE Oasis
RPL Rocket Pool
RSR Reserve Rights
RUNE THORChain
RVN Ravencoin
S Sonic
SAFE Safe
SAGA Saga
SAHARA Sahara AI
SAND The Sandbox
SATS SATS
SC Siacoin
SCR Scroll
SCRT Secret
SEI Sei
SFP SafePal
SHELL MyShell
SHIB Shiba Inu
SIGN Sign
SKL SKALE
SKY Sky
SLP Smooth Love Potion
SNX Synthetix
SOL Solana
SOLV Solv Protocol
SOPH Sophon
SPELL Spell Token
SPX SPX6900
SSV ssv.network
STEEM Steem
STG Stargate Finance
STORJ Storj
STRK Starknet
STX Stacks
SUI Sui
SUN Sun
SUPER SuperVerse
SUSHI SushiSwap
SXP Solar
SYN Synapse
SYRUP Maple
TAO Bittensor
THE Thena
THETA Theta Network
TIA Celestia
TKO Toko
TLM Alien Worlds
TNSR Tensor
TON Toncoin
TRB Tellor
TRUMP Official Trump
TRX TRON
TURBO Turbo
TUSD TrueUSD
TWT Trust Wallet
UMA UMA
UNI Uniswap
USD1 World Liberty Financial USD
USDC USD Coin
USDD USDD
USDE Ethena USDe
USDP Pax Dollar
USDT Tether
USTC TerraClassicUSD
USUAL Usual
VANA Vana
VANRY Vanar Chain
VELO Velo
VET VeChain
VIRTUAL Virtuals Protocol
VTHO VeThor
W Wormhole
WAL Walrus
WAVES Waves
WAXP WAX
WBETH Wrapped Beacon ETH
WBTC Wrapped Bitcoin
WCT WalletConnect
WHY WHY
WIF dogwifhat
WLD Worldcoin
WLFI World Liberty Financial
WOO WOO
XAI Xai
XAUT Tether Gold
XEC eCash
XLM Stellar
XMR Monero
XNO Nano
XPL Plasma
XRP XRP
XTZ Tezos
XVG Verge
XVS Venus
YFI yearn.finance
YGG Yield Guild Games
ZEC Zcash
ZEN Horizen
ZETA ZetaChain
ZIL Zilliqa
ZK ZKsync
ZRO LayerZero
ZRX 0x Protocol
`;
