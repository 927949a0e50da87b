-- What wrk asks for: a thousand ids in turn, formatted beforehand. Prints what came of it as one line of JSON.
-- Arguments: method, what an id is put behind, how many ids, how long the body is.
local requests, at = {}, 0

function init(args)
  local body
  if tonumber(args[4]) > 0 then
    body = '{"description":"' .. string.rep("x", tonumber(args[4]) - 18) .. '"}'
    wrk.headers["Content-Type"] = "application/json"
  end
  for id = 1, tonumber(args[3]) do
    requests[id] = wrk.format(args[1], args[2] .. id, nil, body)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%.3f,"statusErrors":%d,"failures":%d,"p50Ms":%.3f,"p99Ms":%.3f}\n',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
