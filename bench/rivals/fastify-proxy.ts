/** @fastify/http-proxy as its README has it, without a log: the proxy that is chosen today where nginx is not. */
import proxy from "@fastify/http-proxy";
import fastify from "fastify";

const server = fastify({ logger: false });
await server.register(proxy, { upstream: process.argv[2] ?? "" });
process.stderr.write(`${await server.listen({ host: "127.0.0.1", port: 0 })}\n`);
