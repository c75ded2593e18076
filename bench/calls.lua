-- One call after another to what CALLS lists: "<path> <token>" a line, in turn; JSON at the end.
local calls, headers, n, me = {}, { ["Content-Type"] = "application/json" }, 0, 0
local threads = 0
function setup(thread)
  threads = threads + 1
  thread:set("me", threads)
end
function init()
  for line in io.lines(os.getenv("CALLS")) do
    local path, token = line:match("(%S+) (%S+)")
    calls[#calls + 1] = { path, token }
  end
  math.randomseed(os.time() + me)
end
function request()
  n = n + 1
  local call = calls[math.random(#calls)]
  headers["Authorization"] = "Bearer " .. call[2]
  headers["Idempotency-Key"] = os.getenv("RUN") .. "-" .. me .. "-" .. n
  return wrk.format("POST", call[1], headers, os.getenv("BODY"))
end
function done(summary, latency)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read
  io.write(string.format('\n{"calls": %d, "seconds": %f, "errors": %d, "p99_ms": %f}\n',
    summary.requests, summary.duration / 1e6, bad + summary.errors.timeout,
    latency:percentile(99) / 1000))
end
