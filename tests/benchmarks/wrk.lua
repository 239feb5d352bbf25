-- Sends each request with a random sample request's token.
-- Arguments: the file of sample requests, the path with its query, the host, the seed.
local requests = {}

function init(arguments)
   local file, target, host, seed = arguments[1], arguments[2], arguments[3], arguments[4]
   local before, after = "GET ", " HTTP/1.1\r\nHost: " .. host .. "\r\nAccept: */*\r\nAuthorization: "
   for line in io.lines(file) do
      local header, workspace = line:match("^(.-)\t(.-)\t")
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
   local connection_errors = errors.connect + errors.read + errors.write + errors.timeout
   local line = '\n{"requests": %d, "microseconds": %d, "error_responses": %d, "connection_errors": %d, '
      .. '"median": %d, "p99": %d}\n'
   io.write(line:format(summary.requests, summary.duration, errors.status, connection_errors,
      latency:percentile(50), latency:percentile(99)))
end
