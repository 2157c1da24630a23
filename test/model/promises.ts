// Which promises are checked: those that the services do not keep yet can be left out one by one, to see the others.
export const PROMISES = {
  /** Revoking all keys of an environment now is an order: whatever was issued before is dead, what is issued after lives. */
  revocationsInOrder: true,
  /** A secret that a second rotation pushes out is dead, even if an overlap would have ended it. */
  secretsPushedOut: true,
  /** Ending all tokens of a credential is an order as well. */
  tokenEndingsInOrder: true,
  /** Ending one access token ends no other. */
  singleTokenEndings: false,
  /** What ended access tokens is not lost when D1 is restored. */
  tokenEndingsOutliveRestores: false,
  /** Every moment of a receipt is one of the ledger's clock, so that receipts of different changes can be compared. */
  receiptsByOneClock: false,
}
