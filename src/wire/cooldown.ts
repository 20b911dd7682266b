/** The longest cooldown of a trader, in candles of its trigger interval. */
export const MAX_COOLDOWN_CANDLES = 1_000;
