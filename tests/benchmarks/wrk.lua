-- Takes another token for each request. Arguments: file of calls, path with query, host, seed.
local requests = {}

function init(arguments)
   local file, target, host, seed = arguments[1], arguments[2], arguments[3], arguments[4]
   local before, after = "GET ", " HTTP/1.1\r\nHost: " .. host .. "\r\nAccept: */*\r\nAuthorization: "
   for line in io.lines(file) do
      local header, workspace = line:match("^(.-)\t(.-)\t(.*)$")
      local path = target:gsub("{workspace}", workspace)
      requests[#requests + 1] = before .. path .. after .. header .. "\r\n\r\n"
   end
   math.randomseed(tonumber(seed))
end

function request()
   return requests[math.random(#requests)]
end

function done(summary, latency, _)
   local errors = summary.errors
   local line = '\n{"requests": %d, "microseconds": %d, "refused": %d, "broken": %d, "median": %d, "p99": %d}\n'
   local broken = errors.connect + errors.read + errors.write + errors.timeout
   io.write(line:format(summary.requests, summary.duration, errors.status, broken,
      latency:percentile(50), latency:percentile(99)))
end
