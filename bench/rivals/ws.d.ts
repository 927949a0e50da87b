/** The names that the types of @fastify/http-proxy take from a package which brings none; nothing here speaks WebSocket. */
declare module "ws" {
  export type ClientOptions = object;
  export type ServerOptions = object;
  export type WebSocket = object;
}
