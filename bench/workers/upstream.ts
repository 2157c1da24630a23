// The least an upstream can be: it takes the whole body and says how much that was.
export default {
  async fetch(request: Request): Promise<Response> {
    let bytes = 0
    for await (const chunk of request.body ?? []) bytes += chunk.byteLength
    return Response.json({ bytes })
  },
}
