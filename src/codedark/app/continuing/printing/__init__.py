"""The prints of a pack: census, charts, handover, forms, labels, to read tired and in black and white."""
