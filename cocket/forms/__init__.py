"""Forms: a document as a merchant writes it, in a text file with remarks (docs/merchants.md).

    # Commercial invoice                                    remarks begin with #
    type: commercial-invoice
    consignments:                                           unique consignment references (UCR)
      - 26MY123456789LT0117
    references:                                             role: NUMBER of ORGANISATION, or a file
      purchaseOrder: NM-PO-2026-0009 of noord
    ---
    invoiceNumber: LT-2026-0117
    hidden buyer:                                           not told to everyone
      name: Noord Mode B.V.
    itemsShipped:
      - description: Women's blouses of silk
        lineItemTotalPrice: 12600.00                        a decimal as it stands, never a float

`text`        the strict part of YAML that forms are in, with the line of everything
`reading`     a form and its type's schema -> the body, what to hide, where each member stands
`writing`     a schema, and what is known already -> a form
`facts`       what a document knows, whatever its type calls it
`known`       a body filled with facts, as far as they go
`guarding`    … in which nothing is told that was hidden where it comes from
`kinds`       document types as forms need them
`references`  "LT-2026-0117 of lotus" -> the document's id
`foresight`   what the type's contract will say, as far as one can know before sending
"""
