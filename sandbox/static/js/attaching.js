// Files from this machine to the sandbox.

export const HEAVIEST = 5_000_000;

/** Return the file as the server takes it: {name, mimetype, content in base64}. */
export async function packed(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return { name: file.name, mimetype: file.type || "application/octet-stream", content: btoa(text) };
}

export const sizeOf = (bytes) =>
  bytes > 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round((bytes ?? 0) / 1000))} kB`;
