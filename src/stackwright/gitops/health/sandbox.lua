-- What a health script may touch, and how long it may take. Gives a function that runs one script.
-- Coroutines are left out because the limit is set on the main one; the old names of Lua 5.1 are kept for old scripts.
local sethook, clock, load, pairs = debug.sethook, os.clock, load, pairs
local function pick(from, names)
  local chosen = {}
  for name in names:gmatch("%S+") do chosen[name] = from[name] end
  return chosen
end
local env = pick(_G, "assert error ipairs next pairs pcall select tonumber tostring type xpcall rawequal rawget rawlen rawset setmetatable")
env._G, env.unpack = env, table.unpack
env.string = pick(string, "byte char find format gmatch gsub len lower match rep reverse sub upper")
env.math = pick(math, "abs acos asin atan ceil cos deg exp floor fmod huge log max min modf pi rad random sin sqrt tan tointeger type")
env.math.pow = function(x, y) return x ^ y end
env.table = pick(table, "concat insert move pack remove sort unpack")
env.table.getn = function(t) return #t end
env.os = pick(os, "time date difftime clock")
for name in pairs(string) do if not env.string[name] then string[name] = nil end end
env.require = function(name) return env[name] or error("module " .. tostring(name) .. " is not allowed", 2) end
return function(source, obj, seconds, instructions, parameters)
  local stop, left = clock() + seconds, instructions
  local function refuse() error("the script takes too long", 0) end
  local function tick()
    left = left - 1000
    if left <= 0 or clock() > stop then sethook(refuse, "", 1) refuse() end
  end
  env.obj, env.actionParams = obj, parameters
  local script, problem = load(source, "=health.lua", "t", env)
  if not script then error(problem, 0) end
  sethook(tick, "", 1000)
  local result = script()
  sethook()
  return result
end
