/** The little of http-proxy 1.18.1 that the comparison uses; the package brings no types under this alias. */
declare module "http-proxy-original" {
  import type { Agent, IncomingMessage, ServerResponse } from "node:http";

  const httpProxy: {
    createProxyServer(options: { target: string; agent: Agent }): {
      web(
        request: IncomingMessage,
        response: ServerResponse,
        options?: object,
        onError?: (error: Error) => void,
      ): void;
    };
  };
  export default httpProxy;
}
