/**
 * undici's client alone. The package's own entrance brings fetch, WebSocket and the rest of the web along: three times
 * the time to start, and 12 MiB that nobody uses.
 */
declare module "undici/lib/dispatcher/client.js" {
  import { Client } from "undici";
  export default Client;
}
