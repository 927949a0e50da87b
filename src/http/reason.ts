/**
 * The words that go with a status code: CREST's, which stand in error bodies, and HTTP's own.
 */

/**
 * The `reason` of a CREST error. CREST's table is older than RFC 9110 and keeps the phrases of RFC 2616; for every code
 * that it does not know it says "Resource Exception".
 */
export function reasonPhrase(status: number): string {
  return CREST_REASONS[status] ?? "Resource Exception";
}

/** The phrase of the HTTP status code registry for an error; a class's name when the code is not registered. */
export function statusPhrase(status: number): string {
  return HTTP_PHRASES[status] ?? CREST_REASONS[status] ?? (status < 500 ? "Client Error" : "Server Error");
}

const CREST_REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  407: "Proxy Authentication Required",
  408: "Request Time-out",
  409: "Conflict",
  410: "Gone",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Request Entity Too Large",
  414: "Request-URI Too Large",
  415: "Unsupported Media Type",
  416: "Requested range not satisfiable",
  417: "Expectation Failed",
  428: "Precondition Required",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Time-out",
  505: "HTTP Version not supported",
};

/** Only where the registry says something else than CREST, or CREST says nothing. */
const HTTP_PHRASES: Readonly<Record<number, string>> = {
  408: "Request Timeout",
  413: "Content Too Large",
  414: "URI Too Long",
  416: "Range Not Satisfiable",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  423: "Locked",
  424: "Failed Dependency",
  425: "Too Early",
  426: "Upgrade Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  451: "Unavailable For Legal Reasons",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
  506: "Variant Also Negotiates",
  507: "Insufficient Storage",
  508: "Loop Detected",
  511: "Network Authentication Required",
};
