"use strict";
// Opens the lock of this page as docs/reference/packs.md describes it. Nothing leaves the browser.

class WrongPassphrase extends Error {}
class Damaged extends Error {}
class TooOld extends Error {}

const LOCK_VERSION = 1;
const CONTENT_INFO = "codedark page lock 1";

/** The pack behind a lock. Throws WrongPassphrase, Damaged, or TooOld where this browser lacks what it takes. */
async function unlocked(lock, passphrase) {
  if (!window.crypto || !crypto.subtle || !window.DecompressionStream || lock.version !== LOCK_VERSION) {
    throw new TooOld();
  }
  const privateKey = await wardKey(lock, passphrase);
  try {
    const key = await contentKey(lock, privateKey);
    const additionalData = new TextEncoder().encode(lock.about);
    const cipher = { name: "AES-GCM", iv: bytes(lock.nonce), additionalData };
    const compressed = await crypto.subtle.decrypt(cipher, key, bytes(lock.ciphertext));
    const plain = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(plain).text());
  } catch (error) {
    throw new Damaged(String(error));
  }
}

async function wardKey(lock, passphrase) {
  const typed = new TextEncoder().encode(normal(passphrase));
  const base = await crypto.subtle.importKey("raw", typed, "PBKDF2", false, ["deriveKey"]);
  const stretched = { name: "PBKDF2", hash: "SHA-256", salt: bytes(lock.salt), iterations: lock.rounds };
  const aes = { name: "AES-GCM", length: 256 };
  const wrapping = await crypto.subtle.deriveKey(stretched, base, aes, false, ["decrypt"]);
  const cipher = { name: "AES-GCM", iv: bytes(lock.wrap_nonce), additionalData: bytes(lock.ward_key) };
  let plain;
  try {
    plain = await crypto.subtle.decrypt(cipher, wrapping, bytes(lock.wrapped_key));
  } catch (error) {
    throw new WrongPassphrase(String(error));
  }
  return crypto.subtle.importKey("pkcs8", plain, { name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
}

async function contentKey(lock, privateKey) {
  const ephemeral = bytes(lock.ephemeral_key);
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const other = await crypto.subtle.importKey("raw", ephemeral, curve, false, []);
  const agreed = await crypto.subtle.deriveBits({ name: "ECDH", public: other }, privateKey, 256);
  const base = await crypto.subtle.importKey("raw", agreed, "HKDF", false, ["deriveKey"]);
  const salt = new Uint8Array([...ephemeral, ...bytes(lock.ward_key)]);
  const hkdf = { name: "HKDF", hash: "SHA-256", salt, info: new TextEncoder().encode(CONTENT_INFO) };
  return crypto.subtle.deriveKey(hkdf, base, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
}

/** A passphrase as it is meant: small letters, one space between words, none around. */
function normal(passphrase) {
  return passphrase.normalize("NFKC").toLowerCase().replace(/-/g, " ").trim().split(/\s+/).join(" ");
}

function bytes(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
