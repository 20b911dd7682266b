export { DELIVERY_BOUNDS } from "./bounds.ts";
export { DeliveryLoop } from "./delivery-loop.ts";
export type { PostingRules } from "./guarded-post.ts";
export { testOf } from "./message.ts";
export { TELEGRAM_URL } from "./posts.ts";
export { refusalOf, send } from "./send.ts";
export { newWebhookSecret } from "./webhook.ts";
