-- wrk script: requests for random terms, and the outcome as one line of JSON.
-- Arguments: template, number of terms, seed, file of "path<TAB>ETag" lines or "-", then headers as "Name: value".
-- In the template, {id} becomes a random term number of seven digits and {n} a number never used before.

local threads = 0

function setup(thread)
  thread:set("thread_number", threads)
  threads = threads + 1
end

function init(args)
  template, count, seed = args[1], tonumber(args[2]), tonumber(args[3])
  headers, validators = {}, nil
  for position = 5, #args do
    local name, value = args[position]:match("^(.-): (.*)$")
    headers[name] = value
  end
  if args[4] ~= "-" then
    validators = {}
    for line in io.lines(args[4]) do
      local path, etag = line:match("^(.-)\t(.*)$")
      validators[#validators + 1] = { path, etag }
    end
  end
  math.randomseed(seed * 101 + thread_number)
  serial = seed * 100000000 + thread_number * 10000000
end

function request()
  if validators then
    local chosen = validators[math.random(1, #validators)]
    headers["If-None-Match"] = chosen[2]
    return wrk.format("GET", chosen[1], headers)
  end
  local number = math.random(0, count - 1)
  serial = serial + 1
  local path = template:gsub("{id}", string.format("%07d", number)):gsub("{n}", string.format("%d", serial))
  return wrk.format("GET", path, headers)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\nOUTCOME {"requests": %d, "seconds": %.6f, "bytes": %d, "p50": %.6f, "p90": %.6f, "p99": %.6f, ' ..
    '"highest": %.6f, "mean": %.6f, "errors": %d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    latency:percentile(50) / 1e6, latency:percentile(90) / 1e6, latency:percentile(99) / 1e6,
    latency.max / 1e6, latency.mean / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
