// Errors of the engine in the words of V8, in which people who come from Node-RED know them, and look for them in messages.
(function (root) {
  "use strict";
  const WORDS = [
    [/^cannot (read|set) property '(.*)' of (undefined|null)$/, (_, verb, name, what) =>
      `Cannot ${verb} properties of ${what} (${verb === "set" ? "setting" : "reading"} '${name}')`],
    [/^'.*' is read-only$/, () => "Assignment to constant variable."],
    [/^(.*) is not initialized$/, (_, name) => `Cannot access '${name}' before initialization`],
    [/^cannot convert symbol to string$/, () => "Cannot convert a Symbol value to a string"],
    [/^invalid 'instanceof' right operand$/, () => "Right-hand side of 'instanceof' is not callable"],
    [/^invalid array length$/, () => "Invalid array length"],
    [/^expecting (?:hex digit|%)$|^malformed UTF-8$/, () => "URI malformed"],
    [/^empty array$/, () => "Reduce of empty array with no initial value"],
    [/^Date value is NaN$/, () => "Invalid time value"],
    [/^unexpected token: 'undefined'$/, () => '"undefined" is not valid JSON'],
    [/^circular reference$/, () => "Converting circular structure to JSON"],
  ];
  const DIGITS = { toFixed: "toFixed() digits argument must be between 0 and 100",
    toExponential: "toExponential() argument must be between 0 and 100", toPrecision: "toPrecision() argument must be between 1 and 100" };
  const CHAIN = "[A-Za-z_$][\\w$]*(?:\\??\\.[A-Za-z_$][\\w$]*|\\[(?:\\w+|\"\\w+\"|'\\w+')\\])*";
  const KEYWORD = /^(?:if|for|while|switch|catch|return|typeof|function|await|void|in|of|with|super|new)$/;
  let lines = [];
  root.__source = (code) => { lines = code.split("\n"); };

  /** The expression that is called at a place, as it is written; "" where that cannot be told, as in a call within a call. */
  function called(line, column) {
    const found = [];
    for (const match of line.matchAll(new RegExp(`(${CHAIN})\\s*\\(`, "g"))) {
      if (match.index >= column || KEYWORD.test(match[1]) || line[match.index - 1] === ".") continue;
      let depth = 0, open = true;
      for (let i = match.index + match[1].length; i < column - 1 && open; i++) {
        if (line[i] === "(") depth++;
        else if (line[i] === ")" && --depth === 0) open = false;
      }
      if (open) found.push(match);
    }
    const [outer, inner] = found.slice(-2);
    if (!outer || (inner && !/=>|\bfunction\b/.test(line.slice(outer.index, inner.index)))) return "";
    return (inner ?? outer)[1].replace(/\[["'](\w+)["']\]/g, ".$1");
  }

  function worded(error, site) {
    const message = error.message;
    for (const [form, words] of WORDS) if (form.test(message)) return message.replace(form, words);
    if (message === "invalid number of digits") return DIGITS[site && site.getFunctionName()] ?? message;
    const line = site && !site.isNative() ? lines[site.getLineNumber() - 2] : undefined;
    if (line === undefined) return message;
    if (message === "not a function") {
      const name = called(line, site.getColumnNumber());
      return name ? `${name} is not a ${new RegExp(`\\bnew\\s+${name.replace(/\W/g, "\\$&")}`).test(line) ? "constructor" : "function"}` : message;
    }
    if (message === "class constructors must be invoked with 'new'") {
      const name = called(line, site.getColumnNumber());
      return name ? `Class constructor ${name} cannot be invoked without 'new'` : message;
    }
    if (message === "value is not iterable") {
      const looped = new RegExp(`\\bof\\s+(${CHAIN})\\s*\\)`).exec(line);
      return looped ? `${looped[1]} is not iterable` : message;
    }
    return message;
  }

  Error.prepareStackTrace = (error, sites) => {
    if (typeof error.message === "string") {
      const words = worded(error, sites[0]);
      if (words !== error.message) error.message = words;
    }
    const place = (site) => (site.isNative() ? "native" : `${site.getFileName()}:${site.getLineNumber()}:${site.getColumnNumber()}`);
    return sites.map((site) => `    at ${site.getFunctionName() || "<anonymous>"} (${place(site)})\n`).join("");
  };
})(globalThis);
