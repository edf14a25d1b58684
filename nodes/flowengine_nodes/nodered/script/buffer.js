// Buffer, as far as function nodes use it: made of texts, bytes and lists; text in six encodings; numbers at offsets.
(function (root) {
  "use strict";
  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const PLACE = new Map([...DIGITS].map((c, i) => [c, i]).concat([["-", 62], ["_", 63]]));

  function utf8Bytes(text) {
    const out = [];
    for (const char of text) {
      let c = char.codePointAt(0);
      if (c >= 0xd800 && c <= 0xdfff) c = 0xfffd;
      if (c < 0x80) out.push(c);
      else if (c < 0x800) out.push(0xc0 | (c >> 6), 0x80 | (c & 63));
      else if (c < 0x10000) out.push(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
      else out.push(0xf0 | (c >> 18), 0x80 | ((c >> 12) & 63), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
    }
    return out;
  }

  function utf8Text(bytes) {
    let out = "";
    for (let i = 0; i < bytes.length; ) {
      const b = bytes[i];
      const more = b < 0x80 ? 0 : b >= 0xc2 && b < 0xe0 ? 1 : b >= 0xe0 && b < 0xf0 ? 2 : b >= 0xf0 && b < 0xf5 ? 3 : -1;
      let c = more < 0 ? -1 : more === 0 ? b : b & (0x3f >> more);
      let n = 1;
      for (; c >= 0 && n <= more; n++) {
        if ((bytes[i + n] & 0xc0) !== 0x80) { c = -1; break; }
        c = (c << 6) | (bytes[i + n] & 63);
      }
      if (c < 0 || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff) { out += "\ufffd"; i += Math.max(1, n - 1); continue; }
      out += String.fromCodePoint(c);
      i += more + 1;
    }
    return out;
  }

  function encode(text, encoding) {
    switch (String(encoding || "utf8").toLowerCase()) {
      case "utf8": case "utf-8": return utf8Bytes(text);
      case "hex": {
        const out = [];
        for (let i = 0; i + 1 < text.length; i += 2) {
          const pair = text.slice(i, i + 2);
          if (!/^[0-9a-fA-F]{2}$/.test(pair)) break;
          out.push(parseInt(pair, 16));
        }
        return out;
      }
      case "base64": case "base64url": {
        const out = [];
        let bits = 0, held = 0;
        for (const char of text) {
          if (char === "=") break;
          const place = PLACE.get(char);
          if (place === undefined) continue;
          held = (held << 6) | place;
          bits += 6;
          if (bits >= 8) { bits -= 8; out.push((held >> bits) & 255); held &= (1 << bits) - 1; }
        }
        return out;
      }
      case "ascii": case "latin1": case "binary": return [...text].map((c) => c.charCodeAt(0) & 255);
      case "utf16le": case "utf-16le": case "ucs2": case "ucs-2": {
        const out = [];
        for (let i = 0; i < text.length; i++) out.push(text.charCodeAt(i) & 255, text.charCodeAt(i) >> 8);
        return out;
      }
    }
    throw new TypeError("Unknown encoding: " + encoding);
  }

  function decode(bytes, encoding) {
    switch (String(encoding || "utf8").toLowerCase()) {
      case "utf8": case "utf-8": return utf8Text(bytes);
      case "hex": return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
      case "base64": case "base64url": {
        let out = "";
        for (let i = 0; i < bytes.length; i += 3) {
          const held = (bytes[i] << 16) | ((bytes[i + 1] || 0) << 8) | (bytes[i + 2] || 0);
          const left = bytes.length - i;
          out += DIGITS[held >> 18] + DIGITS[(held >> 12) & 63];
          out += (left > 1 ? DIGITS[(held >> 6) & 63] : "=") + (left > 2 ? DIGITS[held & 63] : "=");
        }
        return encoding.toLowerCase() === "base64" ? out : out.replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
      }
      case "ascii": return Array.from(bytes, (b) => String.fromCharCode(b & 127)).join("");
      case "latin1": case "binary": return Array.from(bytes, (b) => String.fromCharCode(b)).join("");
      case "utf16le": case "utf-16le": case "ucs2": case "ucs-2": {
        let out = "";
        for (let i = 0; i + 1 < bytes.length; i += 2) out += String.fromCharCode(bytes[i] | (bytes[i + 1] << 8));
        return out;
      }
    }
    throw new TypeError("Unknown encoding: " + encoding);
  }

  class Buffer extends Uint8Array {
    static from(value, encoding, length) {
      if (typeof value === "string") return new Buffer(encode(value, encoding));
      if (value instanceof ArrayBuffer) return new Buffer(value, encoding, length);
      if (value && value.type === "Buffer" && Array.isArray(value.data)) return new Buffer(value.data);
      if (Array.isArray(value) || ArrayBuffer.isView(value)) return new Buffer(Array.from(value, (v) => v & 255));
      throw new TypeError(
        "The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like " +
          "Object. Received " + (value === null || value === undefined ? String(value) : "type " + typeof value +
          " (" + String(value) + ")"));
    }
    static alloc(size, fill, encoding) {
      const made = new Buffer(size);
      return fill === undefined ? made : made.fill(fill, 0, size, encoding);
    }
    static allocUnsafe(size) { return new Buffer(size); }
    static isBuffer(value) { return value instanceof Buffer; }
    static isEncoding(name) { try { encode("", name); return true; } catch (_) { return false; } }
    static byteLength(value, encoding) { return typeof value === "string" ? encode(value, encoding).length : value.byteLength; }
    static concat(list, total) {
      const size = total === undefined ? list.reduce((sum, each) => sum + each.length, 0) : total;
      const made = new Buffer(size);
      let at = 0;
      for (const each of list) {
        const part = at + each.length > size ? each.subarray(0, size - at) : each;
        made.set(part, at);
        at += part.length;
      }
      return made;
    }
    static compare(a, b) { return a.compare(b); }
    toString(encoding, start, end) { return decode(start === undefined && end === undefined ? this : this.subarray(start, end), encoding || "utf8"); }
    toJSON() { return { type: "Buffer", data: Array.from(this) }; }
    equals(other) { return this.compare(other) === 0; }
    compare(other) {
      for (let i = 0; i < Math.min(this.length, other.length); i++) if (this[i] !== other[i]) return this[i] < other[i] ? -1 : 1;
      return Math.sign(this.length - other.length);
    }
    slice(start, end) { return this.subarray(start, end); }
    write(text, offset, length, encoding) {
      if (typeof offset === "string") [encoding, offset, length] = [offset, 0, undefined];
      const bytes = encode(text, encoding).slice(0, Math.min(length === undefined ? Infinity : length, this.length - (offset || 0)));
      this.set(bytes, offset || 0);
      return bytes.length;
    }
    copy(target, at = 0, start = 0, end = this.length) {
      const part = this.subarray(start, Math.min(end, start + target.length - at));
      target.set(part, at);
      return part.length;
    }
    fill(value, start = 0, end = this.length, encoding) {
      if (typeof value === "string") {
        const bytes = encode(value, encoding);
        for (let i = start; i < end; i++) this[i] = bytes.length ? bytes[(i - start) % bytes.length] : 0;
        return this;
      }
      return super.fill(value & 255, start, end);
    }
    indexOf(value, from = 0) {
      if (typeof value === "number") return super.indexOf(value & 255, from);
      const wanted = typeof value === "string" ? encode(value) : value;
      outer: for (let i = from; i + wanted.length <= this.length; i++) {
        for (let j = 0; j < wanted.length; j++) if (this[i + j] !== wanted[j]) continue outer;
        return i;
      }
      return -1;
    }
    includes(value, from) { return this.indexOf(value, from) >= 0; }
    readUIntBE(at, size) { let v = 0; for (let i = 0; i < size; i++) v = v * 256 + this[at + i]; return v; }
    readUIntLE(at, size) { let v = 0; for (let i = size - 1; i >= 0; i--) v = v * 256 + this[at + i]; return v; }
    readIntBE(at, size) { const v = this.readUIntBE(at, size), top = 2 ** (8 * size - 1); return v >= top ? v - 2 * top : v; }
    readIntLE(at, size) { const v = this.readUIntLE(at, size), top = 2 ** (8 * size - 1); return v >= top ? v - 2 * top : v; }
    writeUIntBE(value, at, size) { for (let i = size - 1; i >= 0; i--) { this[at + i] = value & 255; value = Math.floor(value / 256); } return at + size; }
    writeUIntLE(value, at, size) { for (let i = 0; i < size; i++) { this[at + i] = value & 255; value = Math.floor(value / 256); } return at + size; }
    writeIntBE(value, at, size) { return this.writeUIntBE(value, at, size); }
    writeIntLE(value, at, size) { return this.writeUIntLE(value, at, size); }
    swap16() { for (let i = 0; i + 1 < this.length; i += 2) [this[i], this[i + 1]] = [this[i + 1], this[i]]; return this; }
    swap32() { for (let i = 0; i + 3 < this.length; i += 4) this.subarray(i, i + 4).reverse(); return this; }
  }

  const KINDS = { UInt8: 1, Int8: 1, UInt16: 2, Int16: 2, UInt32: 4, Int32: 4, BigUInt64: 8, BigInt64: 8, Float: 4, Double: 8 };
  const VIEWS = { UInt8: "Uint8", UInt16: "Uint16", UInt32: "Uint32", BigUInt64: "BigUint64", Float: "Float32", Double: "Float64" };
  for (const [kind, size] of Object.entries(KINDS)) {
    for (const order of size === 1 ? [""] : ["BE", "LE"]) {
      const view = VIEWS[kind] || kind;
      const get = function (at = 0) {
        if (at < 0 || at + size > this.length) throw new RangeError("Attempt to access memory outside buffer bounds");
        return new DataView(this.buffer, this.byteOffset, this.byteLength)["get" + view](at, order === "LE");
      };
      const set = function (value, at = 0) {
        if (at < 0 || at + size > this.length) throw new RangeError("Attempt to access memory outside buffer bounds");
        new DataView(this.buffer, this.byteOffset, this.byteLength)["set" + view](at, value, order === "LE");
        return at + size;
      };
      for (const name of [kind, kind.replace("UInt", "Uint")]) {
        Buffer.prototype["read" + name + order] = get;
        Buffer.prototype["write" + name + order] = set;
      }
    }
  }
  for (const name of Object.getOwnPropertyNames(Buffer.prototype)) {
    Object.defineProperty(Buffer.prototype, name, { enumerable: false });
  }
  root.Buffer = Buffer;
})(globalThis);
