"""The simple rules that a recurrent net has to beat."""
