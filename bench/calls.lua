-- One call after another to what CALLS lists: "<path> <token>" a line, in turn; JSON at the end.
local calls, headers, n = {}, { ["Content-Type"] = "application/json" }, 0
me = 0 -- of the thread, set from outside
-- The threads share the servers that listen on PORTS.
local threads, ports = 0, {}
for port in os.getenv("PORTS"):gmatch("%d+") do
  ports[#ports + 1] = port
end
function setup(thread)
  threads = threads + 1
  thread:set("me", threads)
  thread.addr = wrk.lookup(wrk.host, ports[(threads - 1) % #ports + 1])[1]
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
